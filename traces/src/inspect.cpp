#include "luqsim/traces/inspect.h"

namespace luqsim {

double CodeStatistics::zero_fraction() const {
  return count == 0 ? 0 : static_cast<double>(histogram[0]) / static_cast<double>(count);
}

CodeStatistics code_statistics(const CodeView& codes) {
  CodeStatistics s;
  s.count = codes.rows * codes.cols;
  const std::size_t row_bytes = packed_row_bytes(codes.cols), whole = codes.cols / 2;
  std::array<std::uint64_t, 256> pairs{};
  for (std::size_t row = 0; row < codes.rows; ++row) {
    const auto bytes = codes.bytes.subspan(row * row_bytes, row_bytes);
    for (std::size_t i = 0; i < whole; ++i) ++pairs[bytes[i]];
    if (codes.cols % 2 == 1) ++s.histogram[bytes[whole] & 0xF];
  }
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    s.histogram[pair & 0xF] += pairs[pair];
    s.histogram[pair >> 4] += pairs[pair];
  }
  return s;
}

}  // namespace luqsim
