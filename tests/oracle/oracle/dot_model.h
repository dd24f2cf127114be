// Dot products of floating-point tensor cores from their definition: rational terms, cut off one at a time.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "oracle/exact.h"

namespace oracle {

struct DotSettings {
  int fraction_bits = 25, terms = 16, chain = 1;
  std::string out = "fp32";  // or e8m13, fp16
};

// One step of code vectors of the formats named as in format.h, with the accumulator c. Any NaN is 0x7FFFFFFF.
float dot_step(const DotSettings& settings, const std::string& a_format, const std::vector<std::uint16_t>& a,
               const std::string& b_format, const std::vector<std::uint16_t>& b, float c);

// Step after step over all of a and b, the last instruction (chain steps of terms products) filled up with zeros.
float dot(const DotSettings& settings, const std::string& a_format, const std::vector<std::uint16_t>& a,
          const std::string& b_format, const std::vector<std::uint16_t>& b, float c);

}  // namespace oracle
