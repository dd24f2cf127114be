// Mutations that keep JSON valid, between libFuzzer's own, which mostly break it: they reach what is behind the parser.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <boost/json.hpp>

namespace luqsim::fuzz {

class JsonMutation {
 public:
  explicit JsonMutation(unsigned seed) : random_(seed) {}

  std::size_t pick(std::size_t count) { return random_() % count; }

  // One value becomes another one of the document, or a number at some limit; or a list or an object changes its
  // length.
  void apply(boost::json::value& root) {
    std::vector<boost::json::value*> values;
    collect(root, values);
    boost::json::value& value = *values[pick(values.size())];
    if (value.is_array() && !value.get_array().empty()) return resize(value.get_array());
    if (value.is_object() && !value.get_object().empty()) return shorten(value.get_object());
    if (value.is_number() && pick(2) == 0)
      value = number();
    else
      value = boost::json::value(*values[pick(values.size())]);
  }

 private:
  static void collect(boost::json::value& value, std::vector<boost::json::value*>& values) {
    values.push_back(&value);
    if (auto* array = value.if_array())
      for (boost::json::value& item : *array) collect(item, values);
    if (auto* object = value.if_object())
      for (auto& member : *object) collect(member.value(), values);
  }

  boost::json::value number() {
    const std::uint64_t power = std::uint64_t{1} << pick(64);
    switch (pick(5)) {
      case 0:
        return power;
      case 1:
        return power - 1;
      case 2:
        return pick(20);
      case 3:
        return -static_cast<double>(power);
      default:
        return 1.0 / static_cast<double>(power);
    }
  }

  void resize(boost::json::array& array) {
    const std::size_t at = pick(array.size());
    if (pick(2) == 0)
      array.erase(array.begin() + at);
    else
      array.push_back(boost::json::value(array[at]));
  }

  void shorten(boost::json::object& object) {
    if (pick(4) == 0) object.erase(object.begin() + pick(object.size()));
  }

  std::minstd_rand random_;
};

}  // namespace luqsim::fuzz
