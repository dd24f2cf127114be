// Number formats from their definitions: every code's value, and the code nearest to a value by search.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "oracle/exact.h"

namespace oracle {

struct Decoded {
  enum class Kind { finite, infinity, nan } kind = Kind::finite;
  bool negative = false;  // the sign bit, for zeros too
  Rational magnitude = 0;
};

// A format of at most 16 bits with all of its codes.
struct CodeBook {
  std::string name;
  std::uint32_t sign_bit = 0;  // 0: unsigned
  bool two_complement = false;
  bool overflows_to_infinity = false;  // an encoder's choice: otherwise it saturates
  bool negative_zero = false;          // an encoder keeps the sign of a zero
  std::vector<Decoded> codes;          // indexed by code
};

// Names: int4 uint4 fp4_e3m0 fp4_e2m1 fp7_e4m2 fp8_e4m3 fp8_e5m2 e8m0 fp16 bf16 int8.
const std::vector<CodeBook>& code_books();
const CodeBook& code_book(const std::string& name);

// The code of the finite number nearest to the magnitude with the given sign, ties to the even code. Integers: an
// encoder never emits the most negative one.
std::uint32_t nearest_code(const CodeBook& book, const Rational& magnitude, bool negative);

}  // namespace oracle
