#include "luqsim/traces/inspect.h"

namespace luqsim {
namespace {

// Four histograms of bytes, so that equal neighbours do not wait for each other's increment.
std::array<std::uint64_t, 256> byte_histogram(std::span<const std::uint8_t> bytes) {
  std::array<std::array<std::uint64_t, 256>, 4> parts{};
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4)
    for (std::size_t part = 0; part < 4; ++part) ++parts[part][bytes[i + part]];
  for (; i < bytes.size(); ++i) ++parts[0][bytes[i]];
  for (std::size_t byte = 0; byte < 256; ++byte) parts[0][byte] += parts[1][byte] + parts[2][byte] + parts[3][byte];
  return parts[0];
}

}  // namespace

double CodeStatistics::zero_fraction() const {
  return count == 0 ? 0 : static_cast<double>(histogram[0]) / static_cast<double>(count);
}

CodeStatistics code_statistics(const CodeView& codes) {
  CodeStatistics statistics;
  const std::size_t row_bytes = packed_row_bytes(codes.cols);
  const auto bytes = byte_histogram(codes.bytes.first(codes.rows * row_bytes));
  for (std::size_t byte = 0; byte < 256; ++byte) {
    statistics.histogram[byte & 0xF] += bytes[byte];
    statistics.histogram[byte >> 4] += bytes[byte];
  }
  if (codes.cols % 2 == 1)
    for (std::size_t row = 0; row < codes.rows; ++row)
      --statistics.histogram[codes.bytes[(row + 1) * row_bytes - 1] >> 4];
  statistics.count = std::uint64_t{codes.rows} * codes.cols;
  return statistics;
}

}  // namespace luqsim
