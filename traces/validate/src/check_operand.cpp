#include "check_operand.h"

#include <bit>
#include <cstring>
#include <mutex>

#include <fmt/format.h>

#include "parallel.h"

namespace luqsim {
namespace {

// Quantizes and compares runs of one sample.
class CodeCheck {
 public:
  CodeCheck(const Trace& trace, const Operand& operand, std::size_t sample, const SourceStatistics& statistics)
      : trace_(trace), operand_(operand), sample_(sample), codes_(trace.codes(operand, sample)) {
    if (const auto* luq = std::get_if<LuqQuantization>(&*operand.quantization)) {
      luq_scale_ = luq_scale(luq->estimate.value_or(statistics.measured.max_abs), luq->config);
      stream_ = luq->stream;
      stream_.sample += static_cast<std::uint32_t>(sample);
    } else {
      sawb_scale_ = specified_scale(operand, statistics);
    }
    check_.tensor = operand.codes[sample];
    check_.elements = operand.rows * operand.cols;
  }

  Check run(int threads) {
    // Rows of an even length lie in the file like one long row.
    const bool flat = operand_.cols % 2 == 0;
    const std::uint64_t rows = flat ? 1 : operand_.rows, cols = flat ? check_.elements : operand_.cols;
    const std::uint64_t row_pieces = (cols + piece_elements - 1) / piece_elements;
    const std::uint64_t rows_together = std::max<std::uint64_t>(1, piece_elements / std::max<std::uint64_t>(cols, 1));
    const std::uint64_t groups = (rows + rows_together - 1) / rows_together;
    for_pieces(threads, groups * row_pieces, [&](std::uint64_t i) {
      const std::uint64_t first_row = i / row_pieces * rows_together, first_col = i % row_pieces * piece_elements;
      const std::uint64_t last_row = std::min(rows, first_row + rows_together);
      for (std::uint64_t row = first_row; row < last_row; ++row)
        compare(row * cols + first_col, std::min(piece_elements, cols - first_col),
                codes_.bytes.subspan(row * packed_row_bytes(cols) + first_col / 2));
    });
    return check_;
  }

 private:
  // `count` elements that lie together from the start of `bytes`.
  void compare(std::uint64_t first, std::uint64_t count, std::span<const std::uint8_t> bytes) {
    thread_local std::vector<float> buffer;
    thread_local std::vector<std::int8_t> levels;
    levels.resize(count);
    const std::span<const float> x = source_values(trace_, operand_, first, count, buffer);
    if (const auto* luq = std::get_if<LuqQuantization>(&*operand_.quantization))
      luq_levels(x, first, luq_scale_, luq->config, stream_, levels);
    else
      sawb_levels(x, sawb_scale_, operand_.format, levels);
    const CodeTensor expected = pack_levels(operand_.format, 1, count, levels);
    if (std::memcmp(expected.bytes.data(), bytes.data(), expected.bytes.size()) == 0) return;
    const std::lock_guard lock(mutex_);
    for (std::uint64_t i = 0; i < 2 * expected.bytes.size(); ++i) {
      const auto nibble = [i](std::uint8_t byte) { return static_cast<std::uint32_t>(byte >> 4 * (i % 2) & 0xF); };
      const std::uint32_t wanted = nibble(expected.bytes[i / 2]), found = nibble(bytes[i / 2]);
      if (wanted != found) note(first + i, i < count ? std::optional(x[i]) : std::nullopt, wanted, found);
    }
  }

  // Without an input it is a padding nibble.
  void note(std::uint64_t element, std::optional<float> input, std::uint32_t expected, std::uint32_t actual) {
    const std::uint64_t last = input ? element : element - 1;
    luqsim::note(check_, {last / operand_.cols, last % operand_.cols + (input ? 0 : 1), expected, actual, input,
                          input ? random_lane_of(operand_, sample_, element) : std::nullopt});
  }

  const Trace& trace_;
  const Operand& operand_;
  std::size_t sample_;
  CodeView codes_;
  LuqScale luq_scale_;
  RandomStream stream_;
  float sawb_scale_ = 0;
  std::mutex mutex_;
  Check check_;
};

}  // namespace

std::optional<std::uint16_t> random_lane_of(const Operand& operand, std::size_t sample, std::uint64_t element) {
  const auto* luq = std::get_if<LuqQuantization>(&*operand.quantization);
  if (luq == nullptr || luq->config.rounding == Rounding::rdnp) return std::nullopt;
  RandomStream stream = luq->stream;
  stream.sample += static_cast<std::uint32_t>(sample);
  stream.step /= luq->config.reuse;
  return random_lane(stream, element);
}

Check check_scale(const Operand& operand, const SourceStatistics& statistics) {
  Check check{.what = Checked::scale, .tensor = operand.codes.front(), .elements = 1};
  if (statistics.measured.status != QuantizeStatus::ok) {
    check.mismatches = 1;
    check.problem = fmt::format("source '{}' holds NaN or infinity at element {}: no codes are specified",
                                operand.source, statistics.measured.first_non_finite);
    return check;
  }
  const auto expected = std::bit_cast<std::uint32_t>(specified_scale(operand, statistics)),
             actual = std::bit_cast<std::uint32_t>(operand.scale);
  if (expected != actual) note(check, {0, 0, expected, actual, {}, {}});
  return check;
}

Check check_codes(const Trace& trace, const Operand& operand, std::size_t sample, const SourceStatistics& statistics,
                  int threads) {
  return CodeCheck(trace, operand, sample, statistics).run(threads);
}

}  // namespace luqsim
