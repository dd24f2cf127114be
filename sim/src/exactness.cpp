#include "exactness.h"

#include <algorithm>
#include <limits>

#include "luqsim/traces/operand.h"

#include "fold_sums.h"

namespace luqsim {
namespace {

constexpr std::uint64_t values_in_band = std::uint64_t{1} << 22;  // of an operand, in memory at a time

class Search {
 public:
  Search(const ArrayConfig& array, const Record& record)
      : config_(array.accumulator),
        lanes_(array.lanes),
        products_(array, record.a.format, record.b.format),
        record_(record) {}

  std::uint64_t run(const std::vector<CodeView>& a, const std::vector<CodeView>& b) {
    const std::uint64_t samples = std::max(a.size(), b.size());
    const std::uint64_t band = std::max<std::uint64_t>(1, values_in_band / (record_.k * samples));
    for (std::uint64_t row = 0; row < record_.m; row += band) {
      const std::uint64_t rows = std::min(band, record_.m - row);
      read(
          a, samples,
          [&](const CodeView& codes, std::span<std::int8_t> out) {
            read_block(record_.a, codes, row, rows, 0, record_.k, out);
          },
          rows, a_);
      for (std::uint64_t col = 0; col < record_.n; col += band) {
        const std::uint64_t cols = std::min(band, record_.n - col);
        read(
            b, samples,
            [&](const CodeView& codes, std::span<std::int8_t> out) {
              read_block(record_.b, codes, 0, record_.k, col, cols, out);
            },
            cols, b_);
        for (std::uint64_t i = 0; i < rows; ++i)
          for (std::uint64_t j = 0; j < cols; ++j) add_element(i, rows, j, cols, samples);
      }
    }
    return first_ == none ? 0 : first_;
  }

 private:
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

  template <class Read>
  void read(const std::vector<CodeView>& codes, std::uint64_t samples, const Read& block, std::uint64_t lines,
            std::vector<std::int8_t>& values) {
    values.resize(samples * lines * record_.k);
    for (std::uint64_t s = 0; s < samples; ++s)
      block(codes[s % codes.size()], std::span(values).subspan(s * lines * record_.k, lines * record_.k));
  }

  // Only as far as the earliest deviation known: what follows cannot be the first.
  void add_element(std::uint64_t i, std::uint64_t rows, std::uint64_t j, std::uint64_t cols, std::uint64_t samples) {
    AccumulatorState state;
    std::int64_t exact = 0;
    std::uint64_t done = 0;
    for (std::uint64_t s = 0; s < samples; ++s) {
      const std::int8_t* a = &a_[(s * rows + i) * record_.k];
      const std::int8_t* b = &b_[s * record_.k * cols + j];
      for (std::uint64_t k = 0; k < record_.k; k += lanes_) {
        const std::uint64_t end = std::min<std::uint64_t>(record_.k, k + lanes_);
        std::int32_t term = 0;
        for (std::uint64_t lane = k; lane < end; ++lane) {
          term += products_(a[lane], b[lane * cols]);
          exact += std::int32_t{a[lane]} * b[lane * cols];
        }
        done += end - k;
        if (done >= first_) return;
        accumulate(config_, {&term, 1}, state);
        if (accumulated(config_, state) != static_cast<float>(exact)) {
          first_ = done;
          return;
        }
      }
    }
  }

  const AccumulatorConfig config_;
  const std::uint64_t lanes_;
  const ValueProducts products_;
  const Record& record_;
  std::vector<std::int8_t> a_, b_;
  std::uint64_t first_ = none;
};

}  // namespace

std::uint64_t first_inexact_k(const ArrayConfig& array, const Record& record, const std::vector<CodeView>& a,
                              const std::vector<CodeView>& b) {
  const std::uint64_t terms = record.k * std::max(a.size(), b.size());
  if (is_exact(array, record.a.format, record.b.format, terms)) return 0;
  return Search(array, record).run(a, b);
}

}  // namespace luqsim
