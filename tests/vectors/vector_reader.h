// A reader of test vectors that shares nothing with their writer.
#pragma once
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace luqsim::test {

struct VectorTensor {
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::string bytes;
};

class VectorCase {
 public:
  VectorCase(boost::json::object parameters, const std::map<std::string, VectorTensor>& tensors)
      : parameters_(std::move(parameters)), tensors_(tensors) {}

  std::string text(const char* key) const { return parameters_.at(key).as_string().c_str(); }
  std::uint64_t number(const char* key) const { return parameters_.at(key).to_number<std::uint64_t>(); }
  const boost::json::object& parameters() const { return parameters_; }

  bool has(const std::string& tensor) const { return tensors_.contains(text("case") + "." + tensor); }
  const VectorTensor& tensor(const std::string& name) const { return tensors_.at(text("case") + "." + name); }
  // The elements of a tensor of this dtype.
  template <class T>
  std::vector<T> values(const std::string& name, const std::string& dtype) const {
    const VectorTensor& t = tensor(name);
    if (t.dtype != dtype) throw std::runtime_error(name + " is " + t.dtype + ", not " + dtype);
    std::vector<T> out(t.bytes.size() / sizeof(T));
    t.bytes.copy(reinterpret_cast<char*>(out.data()), t.bytes.size());
    return out;
  }
  std::vector<float> floats(const std::string& name) const { return values<float>(name, "F32"); }
  std::vector<std::uint8_t> bytes(const std::string& name) const { return values<std::uint8_t>(name, "U8"); }

 private:
  boost::json::object parameters_;
  const std::map<std::string, VectorTensor>& tensors_;
};

class VectorReader {
 public:
  explicit VectorReader(const std::filesystem::path& path);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  std::vector<VectorCase> cases() const;
  const std::map<std::string, VectorTensor>& tensors() const { return tensors_; }

 private:
  std::map<std::string, std::string> metadata_;
  std::map<std::string, VectorTensor> tensors_;
};

std::string read_file(const std::filesystem::path& path);

// The code of column `col` in a packed row-major tensor of `cols` columns.
inline std::uint32_t nibble(const std::vector<std::uint8_t>& bytes, std::uint64_t cols, std::uint64_t row,
                            std::uint64_t col) {
  return (bytes.at(row * ((cols + 1) / 2) + col / 2) >> (4 * (col % 2))) & 0xFU;
}

}  // namespace luqsim::test
