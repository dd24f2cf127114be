#include "check_output.h"

#include <bit>
#include <cstring>
#include <mutex>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/dot_sums.h"
#include "luqsim/traces/operand.h"

#include "parallel.h"

namespace luqsim {
namespace {

// A tile of the output is so large that decoding its operands costs little beside the product, and small enough that
// every thread has one. Decoded K at once: 40 MB a thread in all.
constexpr std::uint64_t largest_tile = 2048, smallest_tile = 256, tile_k = 2048;

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
    if (record_.dot_model) {
      constexpr std::uint64_t strip = 64;
      for_pieces(threads, (record_.m + strip - 1) / strip, [&](std::uint64_t i) {
        const std::uint64_t rows = std::min(strip, record_.m - i * strip);
        compare(i * strip, rows, 0, record_.n,
                dot_model_output(record_, dot_model_rows(record_, *record_.dot_model, a_, b_, i * strip, rows)));
      });
      return check_;
    }
    const auto tiles = [](std::uint64_t length, std::uint64_t size) { return (length + size - 1) / size; };
    std::uint64_t size = largest_tile;
    while (size > smallest_tile &&
           tiles(record_.m, size) * tiles(record_.n, size) < static_cast<std::uint64_t>(threads))
      size /= 2;
    const std::uint64_t across = tiles(record_.n, size);
    for_pieces(threads, tiles(record_.m, size) * across, [&](std::uint64_t i) {
      const std::uint64_t row = i / across * size, col = i % across * size;
      tile(row, std::min(size, record_.m - row), col, std::min(size, record_.n - col));
    });
    return check_;
  }

 private:
  void tile(std::uint64_t row, std::uint64_t rows, std::uint64_t col, std::uint64_t cols) {
    thread_local std::vector<std::int32_t> sums;
    thread_local std::vector<std::int64_t> totals;
    thread_local std::vector<float> expected;
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
    compare(row, rows, col, cols, expected);
  }

  void compare(std::uint64_t row, std::uint64_t rows, std::uint64_t col, std::uint64_t cols,
               std::span<const float> expected) {
    const std::uint8_t* out = trace_.tensor(record_.out).bytes.data();
    for (std::uint64_t r = 0; r < rows; ++r) {
      const std::uint8_t* actual = out + sizeof(float) * ((row + r) * record_.n + col);
      if (std::memcmp(actual, &expected[r * cols], cols * sizeof(float)) == 0) continue;
      for (std::uint64_t c = 0; c < cols; ++c) {
        std::uint32_t found = 0;
        std::memcpy(&found, actual + sizeof(float) * c, sizeof found);
        const auto wanted = std::bit_cast<std::uint32_t>(expected[r * cols + c]);
        if (wanted != found) note_locked({row + r, col + c, wanted, found, {}, {}});
      }
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
