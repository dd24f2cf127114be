#include "oracle/format.h"

#include <algorithm>
#include <stdexcept>

namespace oracle {
namespace {

using Kind = Decoded::Kind;
enum class Top { numbers, infinity_and_nan, one_nan };

// [sign, exponent, mantissa] with `bias`: field 0 holds zero and the subnormals.
CodeBook floating(const std::string& name, int exponent_bits, int mantissa_bits, int bias, Top top, bool to_infinity) {
  const std::uint32_t mantissas = 1U << mantissa_bits, fields = 1U << exponent_bits;
  CodeBook book{name, mantissas * fields, false, to_infinity, true, {}};
  for (const bool negative : {false, true})
    for (std::uint32_t field = 0; field < fields; ++field)
      for (std::uint32_t mantissa = 0; mantissa < mantissas; ++mantissa) {
        const Rational fraction = Rational(mantissa) / mantissas;
        Decoded d{Kind::finite, negative, 0};
        d.magnitude = field == 0 ? fraction * power_of_two(1 - bias)
                                 : (1 + fraction) * power_of_two(static_cast<int>(field) - bias);
        if (top == Top::infinity_and_nan && field == fields - 1) d.kind = mantissa == 0 ? Kind::infinity : Kind::nan;
        if (top == Top::one_nan && field == fields - 1 && mantissa == mantissas - 1) d.kind = Kind::nan;
        book.codes.push_back(d);
      }
  return book;
}

// The values themselves, by code.
CodeBook listed(const std::string& name, std::uint32_t sign_bit, const std::vector<Rational>& values) {
  CodeBook book{name, sign_bit, false, false, false, {}};
  for (const Rational& v : values) book.codes.push_back({Kind::finite, v < 0, abs(v)});
  return book;
}

std::vector<CodeBook> make_books() {
  std::vector<CodeBook> books;
  books.push_back(listed("int4", 8, {0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1}));
  books.back().two_complement = true;
  books.push_back(listed("uint4", 0, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}));
  books.push_back(listed("fp4_e3m0", 8, {0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64}));
  books.back().codes[8].negative = true;
  const Rational half(1, 2), three_halves(3, 2);
  books.push_back(
      listed("fp4_e2m1", 8, {0, half, 1, three_halves, 2, 3, 4, 6, 0, -half, -1, -three_halves, -2, -3, -4, -6}));
  books.back().codes[8].negative = true;
  books.back().negative_zero = true;
  books.push_back(floating("fp7_e4m2", 4, 2, 1, Top::numbers, false));
  books.push_back(floating("fp8_e4m3", 4, 3, 7, Top::one_nan, false));
  books.push_back(floating("fp8_e5m2", 5, 2, 15, Top::infinity_and_nan, false));
  CodeBook scale{"e8m0", 0, false, false, false, {}};
  for (int code = 0; code < 256; ++code)
    scale.codes.push_back({code == 255 ? Kind::nan : Kind::finite, false, power_of_two(code - 127)});
  books.push_back(scale);
  books.push_back(floating("fp16", 5, 10, 15, Top::infinity_and_nan, true));
  books.push_back(floating("bf16", 8, 7, 127, Top::infinity_and_nan, true));
  std::vector<Rational> bytes;
  for (int code = 0; code < 256; ++code) bytes.push_back(code < 128 ? code : code - 256);
  books.push_back(listed("int8", 128, bytes));
  books.back().two_complement = true;
  return books;
}

// Codes of the finite numbers that an encoder may emit with this sign, by increasing magnitude.
std::vector<std::uint32_t> candidates(const CodeBook& book, bool negative) {
  std::vector<std::uint32_t> found;
  for (std::uint32_t code = 0; code < book.codes.size(); ++code) {
    const Decoded& d = book.codes[code];
    const bool zero = d.magnitude == 0;
    const bool sign_fits = zero ? d.negative == (negative && book.negative_zero) : d.negative == negative;
    const bool emitted = !(book.two_complement && d.negative && d.magnitude == book.sign_bit);
    if (d.kind == Kind::finite && sign_fits && emitted) found.push_back(code);
  }
  std::stable_sort(found.begin(), found.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return book.codes[a].magnitude < book.codes[b].magnitude; });
  return found;
}

}  // namespace

const std::vector<CodeBook>& code_books() {
  static const std::vector<CodeBook> books = make_books();
  return books;
}

const CodeBook& code_book(const std::string& name) {
  for (const CodeBook& book : code_books())
    if (book.name == name) return book;
  throw std::invalid_argument("no code book " + name);
}

std::uint32_t nearest_code(const CodeBook& book, const Rational& magnitude, bool negative) {
  static std::vector<std::vector<std::uint32_t>> cache(2 * code_books().size());
  const auto index = static_cast<std::size_t>(&book - code_books().data());
  std::vector<std::uint32_t>& sorted = cache[2 * index + (negative ? 1 : 0)];
  if (sorted.empty()) sorted = candidates(book, negative);

  const auto above = std::partition_point(sorted.begin(), sorted.end(),
                                          [&](std::uint32_t code) { return book.codes[code].magnitude < magnitude; });
  if (above == sorted.begin()) return *above;
  const std::uint32_t below = *(above - 1);
  if (above == sorted.end()) {
    // Past the largest number: half a step further is a tie with the infinity that would be the next even code.
    const Rational largest = book.codes[below].magnitude, step = largest - book.codes[*(above - 2)].magnitude;
    return book.overflows_to_infinity && magnitude >= largest + step / 2 ? below + 1 : below;
  }
  const Rational down = magnitude - book.codes[below].magnitude, up = book.codes[*above].magnitude - magnitude;
  if (down != up) return down < up ? below : *above;
  return below % 2 == 0 ? below : *above;
}

}  // namespace oracle
