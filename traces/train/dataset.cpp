#include "dataset.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "input_error.h"

namespace luqsim::train {
namespace {

using Bytes = std::vector<std::uint8_t>;

class IdxFile {
 public:
  IdxFile(const std::filesystem::path& path, std::uint32_t magic, std::size_t dimensions) : path_(path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) fail("no such file; wanted an IDX file");
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
    const std::size_t header = 4 + 4 * dimensions;
    if (bytes_.size() < header) fail(fmt::format("{} bytes; wanted a header of {}", bytes_.size(), header));
    if (word(0) != magic) fail(fmt::format("magic number: {:#010x}; wanted {:#010x}", word(0), magic));
    std::uint64_t expected = 1;
    for (std::size_t i = 0; i < dimensions; ++i) {
      extents.push_back(word(4 + 4 * i));
      if (extents.back() < 1 || extents.back() > 10'000'000)
        fail(fmt::format("extent {}: {}; wanted 1 to 10000000", i, extents.back()));
      // Three extents could wrap 64 bits: beyond the file's size the product need not grow.
      expected = std::min<std::uint64_t>(expected * extents.back(), bytes_.size());
    }
    if (bytes_.size() - header != expected)
      fail(fmt::format("{} bytes of data; wanted {}, from its header", bytes_.size() - header,
                       fmt::join(extents, " x ")));
    data = std::span(bytes_).subspan(header);
  }

  [[noreturn]] void fail(const std::string& what) const { throw InputError(path_.string() + ": " + what); }

  std::vector<std::uint32_t> extents;
  std::span<const std::uint8_t> data;

 private:
  std::uint32_t word(std::size_t at) const {
    return std::uint32_t{bytes_[at]} << 24 | std::uint32_t{bytes_[at + 1]} << 16 | std::uint32_t{bytes_[at + 2]} << 8 |
           bytes_[at + 3];
  }

  std::filesystem::path path_;
  Bytes bytes_;
};

}  // namespace

Dataset read_idx(const std::filesystem::path& images_path, const std::filesystem::path& labels_path) {
  const IdxFile images(images_path, 0x803, 3), labels(labels_path, 0x801, 1);
  if (images.extents[0] != labels.extents[0])
    labels.fail(fmt::format("{} labels; wanted {}, one for each image of {}", labels.extents[0], images.extents[0],
                            images_path.string()));
  Dataset dataset;
  dataset.height = images.extents[1];
  dataset.width = images.extents[2];
  dataset.images = Matrix(images.extents[0], std::uint64_t{dataset.height} * dataset.width);
  const float largest = std::max<float>(1, std::ranges::max(images.data));
  std::ranges::transform(images.data, dataset.images.values.begin(),
                         [largest](std::uint8_t v) { return static_cast<float>(v) / largest; });
  dataset.labels.assign(labels.data.begin(), labels.data.end());
  dataset.classes = std::uint32_t{std::ranges::max(dataset.labels)} + 1;
  return dataset;
}

Split split(const Dataset& dataset) {
  Split s;
  for (std::uint32_t i = 0; i < dataset.labels.size(); ++i) (i % 5 == 4 ? s.held_out : s.train).push_back(i);
  return s;
}

}  // namespace luqsim::train
