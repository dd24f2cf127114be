#include "vector_file.h"

#include <fmt/format.h>

namespace luqsim {
namespace json = boost::json;

json::object& VectorFile::begin(const std::string& name, const std::string& title) {
  prefix_ = name + ".";
  return cases_.emplace_back(json::object{{"case", name}, {"title", title}}).as_object();
}

json::object& VectorFile::begin(const std::string& title) { return begin(fmt::format("{:04}", cases_.size()), title); }

std::size_t VectorFile::commit() {
  file_.commit({{"luqvectors.version", "1"},
                {"luqvectors.kind", kind_},
                {"luqvectors.seed", fmt::format("{}", seed_)},
                {"luqvectors.cases", json::serialize(cases_)}});
  return cases_.size();
}

}  // namespace luqsim
