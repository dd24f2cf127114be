#include "luqsim/numerics/gemm.h"

#include <vector>

#include "arguments.h"
#include "failure.h"

namespace luqsim::c {
namespace {

struct Operand {
  CodeView view;
  std::size_t rows, cols;  // that the GEMM sees
  bool transposed;

  Int8Matrix matrix(const std::vector<std::int8_t>& values) const {
    return {values.data(), rows, cols, view.cols, transposed};
  }
};

Operand check(const luqsim_code_matrix* given, const char* name) {
  require_pointer(given, name);
  const luqsim_code_matrix& m = *given;
  const CodeView view = code_view(m.format, m.rows, m.cols, m.codes, m.codes_size);
  const bool transposed = m.transposed != 0;
  return {view, transposed ? m.cols : m.rows, transposed ? m.rows : m.cols, transposed};
}

struct Operands {
  Operand a, b;
  std::size_t outputs() const { return a.rows * b.cols; }
};

// Everything that must hold, `room` for the outputs included.
Operands check(const luqsim_code_matrix* a, const luqsim_code_matrix* b, const void* out, const char* out_name,
               std::size_t room, const char* room_name) {
  const Operands operands{check(a, "a"), check(b, "b")};
  if (operands.a.cols != operands.b.rows)
    invalid("b", std::to_string(operands.b.rows) + " rows (after transposing)",
            std::to_string(operands.a.cols) + ", the columns of a");
  if (operands.a.cols >= max_exact_k)
    invalid("a", std::to_string(operands.a.cols) + " columns (after transposing)",
            "fewer than 2^21: sums must be exact");
  // 64 x 64 is more than the 960 that max_exact_k was made for.
  if (operands.a.view.format == Format::fp4_e3m0 && operands.b.view.format == Format::fp4_e3m0)
    invalid("b->format", "fp4_e3m0", "an integer format, because a is fp4_e3m0");
  const std::size_t outputs = element_count(operands.a.rows, operands.b.cols, sizeof(std::int32_t));
  require_room(room, outputs, room_name);
  if (outputs > 0) require_pointer(out, out_name);
  return operands;
}

void multiply(const Operands& operands, std::span<std::int32_t> sums) {
  if (sums.empty()) return;
  const auto a = decode_values(operands.a.view), b = decode_values(operands.b.view);
  gemm_s8s8s32(operands.a.matrix(a), operands.b.matrix(b), sums);
}

template <class Sum>
luqsim_status scale(const char* function, const Sum* sums, std::size_t count, float factor, float* out) {
  return guarded(function, [&] {
    require_finite(factor, "scale");
    scale_output(array(sums, count, "sums"), factor, array(out, count, "out"));
  });
}

}  // namespace
}  // namespace luqsim::c

using namespace luqsim::c;

extern "C" {

luqsim_status luqsim_gemm(const luqsim_code_matrix* a, const luqsim_code_matrix* b, int32_t* sums, size_t sums_count) {
  return guarded("luqsim_gemm", [&] {
    const Operands operands = check(a, b, sums, "sums", sums_count, "sums_count");
    multiply(operands, {sums, operands.outputs()});
  });
}

luqsim_status luqsim_gemm_scaled(const luqsim_code_matrix* a, const luqsim_code_matrix* b, float scale, float* out,
                                 size_t out_count) {
  return guarded("luqsim_gemm_scaled", [&] {
    const Operands operands = check(a, b, out, "out", out_count, "out_count");
    require_finite(scale, "scale");
    std::vector<std::int32_t> sums(operands.outputs());
    multiply(operands, sums);
    luqsim::scale_output(sums, scale, {out, sums.size()});
  });
}

luqsim_status luqsim_output_scale(float scale_a, float scale_b, uint32_t samples, float* scale) {
  return guarded("luqsim_output_scale", [&] {
    require_finite(scale_a, "scale_a");
    require_finite(scale_b, "scale_b");
    if (samples == 0) invalid("samples", "0", "at least 1");
    require_pointer(scale, "scale");
    *scale = luqsim::output_scale(scale_a, scale_b, samples);
  });
}

luqsim_status luqsim_scale_output(const int32_t* sums, size_t count, float scale, float* out) {
  return luqsim::c::scale("luqsim_scale_output", sums, count, scale, out);
}

luqsim_status luqsim_scale_output_i64(const int64_t* sums, size_t count, float scale, float* out) {
  return luqsim::c::scale("luqsim_scale_output_i64", sums, count, scale, out);
}

}  // extern "C"
