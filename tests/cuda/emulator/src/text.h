// Pieces of messages.
#pragma once
#include <string>

namespace luqsim::emulator {

// Of a dim3 or a uint3.
template <class Vector>
std::string triple(const Vector& v) {
  std::string text = "(";
  text.append(std::to_string(v.x)).append(", ").append(std::to_string(v.y));
  return text.append(", ").append(std::to_string(v.z)).append(")");
}

}  // namespace luqsim::emulator
