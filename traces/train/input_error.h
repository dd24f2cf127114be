// What a user can put right: a file, a recipe, an option. The message names it, its value, and what was wanted.
#pragma once
#include <stdexcept>

namespace luqsim::train {

class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace luqsim::train
