#include "check_output.h"

#include <bit>
#include <mutex>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/operand.h"

#include "parallel.h"

namespace luqsim {
namespace {

// A tile of the output, and how much of K is decoded at once: some megabytes a thread.
constexpr std::uint64_t tile_rows = 512, tile_cols = 1024, tile_k = 4096;

class OutputCheck {
 public:
  OutputCheck(const Trace& trace, const Record& record) : trace_(trace), record_(record) {
    scale_ = output_scale(record.a.scale, record.b.scale, static_cast<std::uint32_t>(record.samples()));
    for (std::uint64_t s = 0; s < record.samples(); ++s) {
      a_.push_back(trace.codes(record.a, s % record.a.codes.size()));
      b_.push_back(trace.codes(record.b, s % record.b.codes.size()));
    }
    check_.what = Checked::output;
    check_.tensor = record.out;
    check_.elements = record.m * record.n;
  }

  Check run(int threads) {
    const std::uint64_t down = (record_.m + tile_rows - 1) / tile_rows,
                        across = (record_.n + tile_cols - 1) / tile_cols;
    for_pieces(threads, down * across, [&](std::uint64_t i) {
      const std::uint64_t row = i / across * tile_rows, col = i % across * tile_cols;
      tile(row, std::min(tile_rows, record_.m - row), col, std::min(tile_cols, record_.n - col));
    });
    return check_;
  }

 private:
  void tile(std::uint64_t row, std::uint64_t rows, std::uint64_t col, std::uint64_t cols) {
    thread_local std::vector<std::int32_t> sums;
    thread_local std::vector<std::int64_t> totals;
    thread_local std::vector<float> expected, actual;
    expected.resize(rows * cols);
    sums.resize(rows * cols);
    if (a_.size() == 1) {
      multiply(0, row, rows, col, cols, sums);
      scale_output(sums, scale_, expected);
    } else {
      totals.assign(rows * cols, 0);  // several samples may outgrow 32 bits
      for (std::size_t s = 0; s < a_.size(); ++s) {
        multiply(s, row, rows, col, cols, sums);
        for (std::size_t i = 0; i < sums.size(); ++i) totals[i] += sums[i];
      }
      scale_output(totals, scale_, expected);
    }
    actual.resize(cols);
    for (std::uint64_t r = 0; r < rows; ++r) {
      trace_.read_values(record_.out, (row + r) * record_.n + col, actual);
      for (std::uint64_t c = 0; c < cols; ++c)
        if (const auto wanted = std::bit_cast<std::uint32_t>(expected[r * cols + c]),
            found = std::bit_cast<std::uint32_t>(actual[c]);
            wanted != found)
          note_locked({row + r, col + c, wanted, found, {}, {}});
    }
  }

  void note_locked(const Mismatch& m) {
    const std::lock_guard lock(mutex_);
    note(check_, m);
  }

  void multiply(std::size_t sample, std::uint64_t row, std::uint64_t rows, std::uint64_t col, std::uint64_t cols,
                std::span<std::int32_t> sums) const {
    thread_local std::vector<std::int8_t> x, y;
    for (std::uint64_t k = 0; k < record_.k; k += tile_k) {
      const std::uint64_t depth = std::min(tile_k, record_.k - k);
      x.resize(rows * depth);
      y.resize(depth * cols);
      read_block(record_.a, a_[sample], row, rows, k, depth, x);
      read_block(record_.b, b_[sample], k, depth, col, cols, y);
      gemm_s8s8s32({x.data(), rows, depth, depth}, {y.data(), depth, cols, cols}, sums,
                   k == 0 ? Accumulate::overwrite : Accumulate::add);
    }
  }

  const Trace& trace_;
  const Record& record_;
  float scale_ = 0;
  std::vector<CodeView> a_, b_;  // by sample
  std::mutex mutex_;
  Check check_;
};

}  // namespace

Check check_output(const Trace& trace, const Record& record, int threads) {
  return OutputCheck(trace, record).run(threads);
}

}  // namespace luqsim
