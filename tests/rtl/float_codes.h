// Codes of IEEE formats for testing arithmetic blocks: random ones weighted to where such blocks break, and special
// ones.
#pragma once
#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "luqsim/numerics/format.h"

namespace luqsim::test {

class FloatCodes {
 public:
  FloatCodes(Format format, std::uint64_t seed)
      : exponent_bits_(format_info(format).exponent_bits),
        mantissa_bits_(format_info(format).mantissa_bits),
        random_(seed) {}

  std::uint32_t sign() const { return std::uint32_t{1} << (exponent_bits_ + mantissa_bits_); }
  std::uint32_t infinity() const { return fields() << mantissa_bits_; }
  std::uint32_t canonical_nan() const { return infinity() | 1U << (mantissa_bits_ - 1); }

  // Zero, the ends of the subnormals and normals, 1, 2, infinity, NaNs, and the codes beside them, of both signs.
  std::vector<std::uint32_t> special() const {
    const std::uint32_t one = (fields() >> 1) << mantissa_bits_, normal = 1U << mantissa_bits_;
    std::vector<std::uint32_t> codes;
    for (const std::uint32_t code : {0U, normal / 2, normal, one - normal, one, one + normal, infinity() - normal,
                                     infinity(), canonical_nan(), sign() - 1})
      for (const std::uint32_t beside : {code - 1, code, code + 1})
        for (const std::uint32_t s : {0U, sign()}) codes.push_back((beside & (sign() - 1)) | s);
    return codes;
  }

  std::uint32_t any() {
    switch (below(8)) {
      case 0:
        return below(sign()) | (below(2) == 0 ? 0 : sign());
      case 1:
        return code(below(4) == 0 ? fields() : below(2) * fields() / 2,
                    mantissa());  // subnormal, middle, infinity, NaN
      case 2:
        return code(below(4) + 1, mantissa());
      case 3:
        return code(fields() - 1 - below(4), mantissa());
      default:
        return code(below(fields()), mantissa());
    }
  }

  // A second operand for a sum: often near cancellation, or about the size of the last bits of a.
  std::uint32_t addend(std::uint32_t a) {
    const std::uint32_t field = (a & (sign() - 1)) >> mantissa_bits_;
    switch (below(4)) {
      case 0:
        return any();
      case 1:  // a few codes away, mostly of the other sign
        return ((a + below(9) - 4) ^ (below(8) == 0 ? 0 : sign())) & (2 * sign() - 1);
      case 2:  // ties of the last bit
        return code(at_least_0(field, static_cast<std::uint32_t>(mantissa_bits_) + below(4) - 1), mantissa());
      default:
        return code(at_least_0(field + 3, below(static_cast<std::uint32_t>(mantissa_bits_) + 8)), mantissa());
    }
  }

  // A second operand for a product: often one that takes it to the smallest or the largest numbers.
  std::uint32_t factor(std::uint32_t a) {
    const std::uint32_t field = (a & (sign() - 1)) >> mantissa_bits_, bias = fields() >> 1;
    switch (below(4)) {
      case 0:
        return any();
      case 1:  // results from well below the smallest subnormal to the normal ones
        return code(at_least_0(bias + 3, field + below(static_cast<std::uint32_t>(mantissa_bits_) + 8)), mantissa());
      case 2:  // at the largest numbers
        return code(at_least_0(fields() + bias, field + below(4)), mantissa());
      default:
        return code(bias + below(9) - 4, mantissa());
    }
  }

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>((random_() >> 32) * n >> 32); }

 private:
  std::uint32_t fields() const { return (1U << exponent_bits_) - 1; }
  std::uint32_t at_least_0(std::uint32_t a, std::uint32_t b) const { return a < b ? 0 : std::min(a - b, fields()); }
  std::uint32_t code(std::uint32_t field, std::uint32_t mantissa) {
    return field << mantissa_bits_ | mantissa | (below(2) == 0 ? 0 : sign());
  }
  std::uint32_t mantissa() {
    const std::uint32_t all = (1U << mantissa_bits_) - 1;
    const auto bit = below(static_cast<std::uint32_t>(mantissa_bits_));
    switch (below(6)) {
      case 0:
        return below(2) * all;
      case 1:
        return 1U << bit;
      case 2:
        return (all << bit) & all;
      case 3:
        return all >> bit;
      default:
        return below(all + 1);
    }
  }

  int exponent_bits_, mantissa_bits_;
  std::mt19937_64 random_;
};

}  // namespace luqsim::test
