#include <algorithm>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "images.h"
#include "input_error.h"

namespace luqsim::train {
namespace {

constexpr std::size_t side = 32, channels = 3, pixels = side * side, record = 1 + channels * pixels;

std::string read_records(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error))
    throw InputError(path.string() + ": no such file; wanted a CIFAR-10 binary file");
  std::ifstream file(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  if (bytes.empty() || bytes.size() % record != 0)
    throw InputError(fmt::format("{}: {} bytes; wanted records of {}", path.string(), bytes.size(), record));
  for (std::size_t i = 0; i < bytes.size(); i += record)
    if (const auto label = static_cast<std::uint8_t>(bytes[i]); label > 9)
      throw InputError(fmt::format("{}: label {} of image {}; wanted 0 to 9", path.string(), label, i / record));
  return bytes;
}

}  // namespace

Images read_cifar(const std::vector<std::filesystem::path>& paths) {
  std::string bytes;
  for (const std::filesystem::path& path : paths) bytes += read_records(path);
  const auto byte = [&bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  Images set;
  set.height = set.width = side;
  set.channels = channels;
  set.classes = 10;
  set.images = Matrix(bytes.size() / record, channels * pixels);
  float largest = 1;
  for (std::size_t image = 0; image < set.images.rows; ++image) {
    set.labels.push_back(byte(image * record));
    for (std::size_t c = 0; c < channels; ++c)  // a plane a channel becomes a pixel a row of channels
      for (std::size_t p = 0; p < pixels; ++p) {
        float& value = set.images.row(image)[p * channels + c];
        value = byte(image * record + 1 + c * pixels + p);
        largest = std::max(largest, value);
      }
  }
  for (float& value : set.images.values) value = value / largest;
  return set;
}

}  // namespace luqsim::train
