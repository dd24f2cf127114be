// A file of test vectors: cases of named tensors, described by JSON in the metadata.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>

#include "tensor_file.h"

namespace luqsim {

class VectorFile {
 public:
  VectorFile(const std::filesystem::path& path, std::string kind, std::uint64_t seed)
      : file_(path), kind_(std::move(kind)), seed_(seed) {}

  // Starts a case. Its parameters can grow until the next one starts; its tensors are named "NAME.tensor".
  boost::json::object& begin(const std::string& name, const std::string& title);
  // The same, named by its number: "0007".
  boost::json::object& begin(const std::string& title);

  std::size_t cases() const { return cases_.size(); }

  template <class T>
  void add(const std::string& tensor, const std::vector<T>& values, std::vector<std::uint64_t> shape) {
    file_.add(prefix_ + tensor, values, std::move(shape));
  }
  template <class T>
  void add_scalar(const std::string& tensor, T value) {
    add(tensor, std::vector<T>{value}, {1});
  }

  std::size_t commit();  // the number of cases

 private:
  TensorFile file_;
  std::string kind_, prefix_;
  std::uint64_t seed_;
  boost::json::array cases_;
};

}  // namespace luqsim
