#include "vector_reader.h"

#include <fstream>
#include <iterator>

namespace luqsim::test {
namespace json = boost::json;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

VectorReader::VectorReader(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const json::object header = json::parse(bytes.substr(8, length)).as_object();
  const std::string data = bytes.substr(8 + length);
  for (const auto& [key, value] : header) {
    const std::string name(key.data(), key.size());
    if (name == "__metadata__") {
      for (const auto& [k, v] : value.as_object()) metadata_[std::string(k.data(), k.size())] = v.as_string().c_str();
      continue;
    }
    VectorTensor tensor{value.at("dtype").as_string().c_str(), {}, {}};
    for (const json::value& extent : value.at("shape").as_array())
      tensor.shape.push_back(extent.to_number<std::uint64_t>());
    const auto begin = value.at("data_offsets").at(0).to_number<std::uint64_t>(),
               end = value.at("data_offsets").at(1).to_number<std::uint64_t>();
    tensor.bytes = data.substr(begin, end - begin);
    tensors_[name] = tensor;
  }
}

std::vector<VectorCase> VectorReader::cases() const {
  std::vector<VectorCase> all;
  const json::value list = json::parse(metadata_.at("luqvectors.cases"));
  for (const json::value& parameters : list.as_array()) all.emplace_back(parameters.as_object(), tensors_);
  return all;
}

}  // namespace luqsim::test
