#include "oracle/product.h"

namespace oracle {

Rational value_of(const CodeBook& book, std::uint32_t code) {
  const Decoded& d = book.codes[code];
  return d.negative ? -d.magnitude : d.magnitude;
}

std::uint32_t fp7_code(const Rational& value) { return nearest_code(code_book("fp7_e4m2"), abs(value), value < 0); }

Rational fp7_product(const Rational& a, const Rational& b) {
  const CodeBook& fp7 = code_book("fp7_e4m2");
  const auto cast = [&](const Rational& v) { return value_of(fp7, fp7_code(v)); };
  return cast(cast(a) * cast(b));
}

}  // namespace oracle
