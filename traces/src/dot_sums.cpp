#include "luqsim/traces/dot_sums.h"

#include <algorithm>
#include <array>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/operand.h"

namespace luqsim {
namespace {

// Elements of B that are taken apart together: bounds the memory of a large record.
constexpr std::uint64_t strip_elements = std::uint64_t{1} << 22;
// Rows of A that are read together: a transposed view reads whole tiles anyway.
constexpr std::uint64_t rows_at_once = 64;

// Codes of a floating-point format for the integer values of a block of an operand.
class BlockReader {
 public:
  explicit BlockReader(Format format) {
    for (int value = -128; value < 128; ++value)
      code_[static_cast<std::uint8_t>(value)] = static_cast<std::uint16_t>(encode(format, value));
  }

  const std::vector<std::uint16_t>& read(const Operand& operand, const CodeView& codes, std::uint64_t first_row,
                                         std::uint64_t rows, std::uint64_t first_col, std::uint64_t cols) {
    values_.resize(rows * cols);
    codes_.resize(rows * cols);
    read_block(operand, codes, first_row, rows, first_col, cols, values_);
    std::ranges::transform(values_, codes_.begin(),
                           [this](std::int8_t v) { return code_[static_cast<std::uint8_t>(v)]; });
    return codes_;
  }

 private:
  std::array<std::uint16_t, 256> code_;
  std::vector<std::int8_t> values_;
  std::vector<std::uint16_t> codes_;
};

}  // namespace

DotModel model_of(const DotModelUse& use) {
  const auto* custom = std::get_if<CustomDotModel>(&use);
  return custom != nullptr ? custom->model : dot_model(std::get<DotPreset>(use));
}

Format format_of(const DotModelUse& use) {
  const auto* custom = std::get_if<CustomDotModel>(&use);
  return custom != nullptr ? custom->format : dot_format(std::get<DotPreset>(use));
}

std::vector<float> dot_model_rows(const Record& record, const DotModelUse& use, std::span<const CodeView> a,
                                  std::span<const CodeView> b, std::uint64_t first_row, std::uint64_t rows) {
  const DotModel model = model_of(use);
  const Format format = format_of(use);
  std::vector<float> sums(rows * record.n);
  BlockReader left(format), right(format);
  const std::uint64_t width = std::clamp<std::uint64_t>(strip_elements / record.k, 1, record.n);
  for (std::size_t sample = 0; sample < std::max(a.size(), b.size()); ++sample)
    for (std::uint64_t first = 0; first < record.n; first += width) {
      const std::uint64_t cols = std::min(width, record.n - first);
      const auto& strip = right.read(record.b, b[sample % b.size()], 0, record.k, first, cols);
      const DotMatrix matrix({format, strip}, record.k, cols);
      for (std::uint64_t done = 0; done < rows; done += rows_at_once) {
        const std::uint64_t count = std::min(rows_at_once, rows - done);
        const std::span codes = left.read(record.a, a[sample % a.size()], first_row + done, count, 0, record.k);
        for (std::uint64_t i = 0; i < count; ++i)
          dot_row(model, {format, codes.subspan(i * record.k, record.k)}, matrix,
                  std::span(sums).subspan((done + i) * record.n + first, cols));
      }
    }
  return sums;
}

std::vector<float> dot_model_sums(const Record& record, const DotModelUse& use, std::span<const CodeView> a,
                                  std::span<const CodeView> b) {
  return dot_model_rows(record, use, a, b, 0, record.m);
}

std::vector<float> dot_model_output(const Record& record, std::span<const float> sums) {
  const float scale = output_scale(record.a.scale, record.b.scale, static_cast<std::uint32_t>(record.samples()));
  std::vector<float> out(sums.begin(), sums.end());
  for (float& v : out) v *= scale;
  return out;
}

}  // namespace luqsim
