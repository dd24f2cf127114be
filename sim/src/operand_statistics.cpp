#include "operand_statistics.h"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <span>

#include "luqsim/traces/operand.h"

namespace luqsim {
namespace {

constexpr std::size_t widest_block = std::size_t{1} << 16;

// Adds the non-zero values of each column, or of each row, of `rows` x `cols` values.
void add_non_zeros(std::span<const std::int8_t> values, std::uint64_t rows, std::uint64_t cols, bool by_column,
                   std::span<std::uint64_t> counts) {
  std::array<std::uint8_t, widest_block> band_counts;
  std::fill_n(band_counts.begin(), cols, std::uint8_t{0});
  for (std::uint64_t r = 0; r < rows; ++r) {
    const std::int8_t* row = &values[r * cols];
    if (by_column) {
      for (std::uint64_t c = 0; c < cols; ++c)
        band_counts[c] = static_cast<std::uint8_t>(band_counts[c] + (row[c] != 0));
    } else {
      counts[r] += cols - static_cast<std::uint64_t>(std::count(row, row + cols, std::int8_t{0}));
    }
  }
  if (by_column)
    for (std::uint64_t c = 0; c < cols; ++c) counts[c] += band_counts[c];
}

// Non-zero values in each column (of A) or row (of B): for each k. A block at a time: a matrix of patches may be much
// larger than the tensor that is stored.
std::vector<std::uint64_t> non_zeros(const Operand& operand, const CodeView& codes, bool by_column) {
  const MatrixShape shape = matrix_shape(operand);
  std::vector<std::uint64_t> counts(by_column ? shape.cols : shape.rows);
  const std::uint64_t width = std::min<std::uint64_t>(widest_block, shape.cols);
  const std::uint64_t band = std::min<std::uint64_t>(255, widest_block / width);
  std::vector<std::int8_t> values;
  for (std::uint64_t row = 0; row < shape.rows; row += band)
    for (std::uint64_t col = 0; col < shape.cols; col += width) {
      const std::uint64_t rows = std::min(band, shape.rows - row), cols = std::min(width, shape.cols - col);
      values.resize(rows * cols);
      read_block(operand, codes, row, rows, col, cols, values);
      add_non_zeros(values, rows, cols, by_column, std::span(counts).subspan(by_column ? col : row));
    }
  return counts;
}

// Of the first 64 rows of A or columns of B and their first 1024 k: enough for a rate.
double toggle_rate(const Operand& operand, const CodeView& codes, bool is_a) {
  const MatrixShape shape = matrix_shape(operand);
  const std::uint64_t outer = std::min<std::uint64_t>(64, is_a ? shape.rows : shape.cols),
                      k = std::min<std::uint64_t>(1024, is_a ? shape.cols : shape.rows);
  if (k < 2) return 0;
  std::vector<std::int8_t> values(outer * k);
  read_block(operand, codes, 0, is_a ? outer : k, 0, is_a ? k : outer, values);
  const auto code = [&](std::uint64_t line, std::uint64_t step) {
    const std::int8_t v = values[is_a ? line * k + step : step * outer + line];
    const bool fp4 = codes.format == Format::fp4_e3m0;
    return fp4 ? static_cast<unsigned>(encode(Format::fp4_e3m0, v)) : static_cast<unsigned>(v) & 0xF;
  };
  std::uint64_t toggles = 0;
  for (std::uint64_t line = 0; line < outer; ++line)
    for (std::uint64_t step = 1; step < k; ++step)
      toggles += static_cast<std::uint64_t>(std::popcount(code(line, step) ^ code(line, step - 1)));
  return static_cast<double>(toggles) / static_cast<double>(4 * outer * (k - 1));
}

double zero_fraction(const std::vector<std::vector<std::uint64_t>>& counts, std::uint64_t elements) {
  std::uint64_t non_zero = 0;
  for (const auto& sample : counts) non_zero += std::accumulate(sample.begin(), sample.end(), std::uint64_t{0});
  return 1 - static_cast<double>(non_zero) / (static_cast<double>(elements) * static_cast<double>(counts.size()));
}

}  // namespace

OperandStatistics operand_statistics(const Record& record, const std::vector<CodeView>& a,
                                     const std::vector<CodeView>& b) {
  std::vector<std::vector<std::uint64_t>> of_a, of_b;
  for (const CodeView& sample : a) of_a.push_back(non_zeros(record.a, sample, true));
  for (const CodeView& sample : b) of_b.push_back(non_zeros(record.b, sample, false));
  OperandStatistics statistics{zero_fraction(of_a, record.m * record.k), zero_fraction(of_b, record.k * record.n), 0};
  for (std::size_t s = 0; s < std::max(a.size(), b.size()); ++s)
    statistics.active_macs += std::inner_product(of_a[s % a.size()].begin(), of_a[s % a.size()].end(),
                                                 of_b[s % b.size()].begin(), std::uint64_t{0});
  statistics.a_toggle_rate = toggle_rate(record.a, a.front(), true);
  statistics.b_toggle_rate = toggle_rate(record.b, b.front(), false);
  return statistics;
}

}  // namespace luqsim
