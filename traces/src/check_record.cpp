#include "check_record.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "luqsim/input/shown.h"
#include "luqsim/numerics/gemm.h"
#include "luqsim/numerics/tensor.h"
#include "luqsim/traces/operand.h"

#include "checked.h"

namespace luqsim {
namespace {

constexpr std::uint64_t dimension_limit = std::uint64_t{1} << 40;
constexpr std::uint32_t sample_limit = 1U << 8;  // of a random stream

bool within(std::uint64_t rows, std::uint64_t cols, std::uint64_t limit) {
  const auto product = checked_product({rows, cols});
  return product && *product <= limit;
}

std::string size(std::uint64_t rows, std::uint64_t cols) { return fmt::format("{} x {}", rows, cols); }

// Names are shown as they stand, on terminals and in XML: neither takes control characters.
void check_text(const std::string& key, std::string_view text, const Context& context) {
  if (has_control_characters(text)) context.fail(key, in_quotes(text), "no control characters");
}

// One operand of a record; `field` ("a" or "b") begins every message.
class OperandCheck {
 public:
  OperandCheck(const Operand& operand, std::string field, const TensorTable& tensors, const Context& context)
      : operand_(operand), field_(std::move(field)), tensors_(tensors), context_(context) {}

  void run(std::uint64_t rows, std::uint64_t cols) const {
    check_values();
    check_view();
    const MatrixShape shape = matrix_shape(operand_);
    if (shape.rows != rows || shape.cols != cols)
      fail("view", fmt::format("{} gives {}", name_of(operand_.view), size(shape.rows, shape.cols)),
           fmt::format("{}, from the record's m, n, k", size(rows, cols)));
    if (operand_.quantization) std::visit([&](const auto& q) { check_quantizer(q); }, *operand_.quantization);
    for (const std::string& name : operand_.codes) {
      check_text(field_ + ".codes", name, context_);
      check_codes(name);
    }
    check_text(field_ + ".source", operand_.source, context_);
    if (!operand_.source.empty()) check_source();
  }

 private:
  [[noreturn]] void fail(const char* key, const std::string& value, const std::string& wanted) const {
    context_.fail(field_ + "." + key, value, wanted);
  }

  void check_values() const {
    if (operand_.format != Format::int4 && operand_.format != Format::uint4 && operand_.format != Format::fp4_e3m0)
      fail("format", std::string(name_of(operand_.format)), "int4, uint4 or fp4_e3m0");
    if (!(operand_.scale >= 0 && std::isfinite(operand_.scale)))
      fail("scale", fmt::format("{}", operand_.scale), "a finite binary32 number >= 0");
    const bool needs_im2col = operand_.view == View::im2col || operand_.view == View::im2col_transposed;
    if (needs_im2col != operand_.im2col.has_value())
      fail("im2col", needs_im2col ? "missing" : "present",
           fmt::format("{} with view {}", needs_im2col ? "the shape of the image and kernel" : "none",
                       name_of(operand_.view)));
  }

  // After this, none of Im2col's products can wrap.
  void check_view() const {
    if (!operand_.im2col) return;
    const Im2col& v = *operand_.im2col;
    for (const auto& [key, value] :
         {std::pair("n", v.n), std::pair("h", v.h), std::pair("w", v.w), std::pair("c", v.c),
          std::pair("kernel_h", v.kernel_h), std::pair("kernel_w", v.kernel_w), std::pair("stride", v.stride)})
      if (value == 0) context_.fail(fmt::format("{}.im2col.{}", field_, key), "0", "at least 1");
    // Otherwise some patches would be zeros alone, and a pixel could have any number of them.
    const std::uint32_t kernel = std::min(v.kernel_h, v.kernel_w);
    if (v.padding >= kernel)
      context_.fail(fmt::format("{}.im2col.padding", field_), fmt::format("{}", v.padding),
                    fmt::format("less than {}, the kernel's shorter side", kernel));
    const std::uint64_t padding = 2 * std::uint64_t{v.padding};
    check_kernel("kernel_h", v.kernel_h, v.h + padding);
    check_kernel("kernel_w", v.kernel_w, v.w + padding);
    const auto pixels = checked_product({v.n, v.h, v.w});
    if (pixels != operand_.rows || v.c != operand_.cols)
      fail("im2col", fmt::format("an image of {} x {} x {} pixels and {} channels", v.n, v.h, v.w, v.c),
           fmt::format("{} pixels and {} channels, the operand's rows and cols", operand_.rows, operand_.cols));
    if (!checked_product({v.n, v.out_h(), v.out_w()}) || !checked_product({v.kernel_h, v.kernel_w, v.c}))
      fail("im2col", "a patch matrix of 2^64 or more rows or columns", "less");
  }

  void check_kernel(const char* key, std::uint64_t kernel, std::uint64_t padded) const {
    if (kernel > padded)
      context_.fail(fmt::format("{}.im2col.{}", field_, key), fmt::format("{}", kernel),
                    fmt::format("at most {}, the padded image", padded));
  }

  void check_quantizer(const SawbQuantization& sawb) const {
    if (operand_.format == Format::fp4_e3m0) fail("quantizer", "sawb for fp4_e3m0", "luq, or format int4 or uint4");
    if (sawb.config.format != operand_.format)
      fail("quantizer.format", std::string(name_of(sawb.config.format)), std::string(name_of(operand_.format)));
    if (!within(operand_.rows, operand_.cols, sawb_element_limit))
      fail("quantizer", fmt::format("sawb of {} elements", size(operand_.rows, operand_.cols)),
           "at most 2^27 elements");
    if (!std::isfinite(sawb.config.c1)) fail("quantizer.c1", fmt::format("{}", sawb.config.c1), "a finite number");
    if (!std::isfinite(sawb.config.c2)) fail("quantizer.c2", fmt::format("{}", sawb.config.c2), "a finite number");
  }

  void check_quantizer(const LuqQuantization& luq) const {
    try {
      validate(luq.config);
    } catch (const std::invalid_argument& error) {
      fail("quantizer", error.what(), "a valid configuration");
    }
    if (luq.config.top_exponent > 6)
      fail("quantizer.top_exponent", fmt::format("{}", luq.config.top_exponent), "at most 6: 7 has no 4-bit codes");
    if (luq_format(luq.config) != operand_.format)
      fail("format", std::string(name_of(operand_.format)),
           fmt::format("{} with quantizer luq, rounding {}", name_of(luq_format(luq.config)),
                       name_of(luq.config.rounding)));
    if (luq.stream.step >= stream_step_limit)
      fail("quantizer.step", fmt::format("{}", luq.stream.step), fmt::format("less than {}", stream_step_limit));
    if (luq.stream.sample >= sample_limit || operand_.codes.size() > sample_limit - luq.stream.sample)
      fail("quantizer.sample", fmt::format("{} with {} code tensors", luq.stream.sample, operand_.codes.size()),
           fmt::format("sample numbers less than {}", sample_limit));
    if (luq.estimate && !(*luq.estimate >= 0 && std::isfinite(*luq.estimate)))
      fail("quantizer.estimate", fmt::format("{}", *luq.estimate), "a finite binary32 number >= 0");
  }

  const TensorEntry& find(const char* key, const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail(key, in_quotes(name), "the name of a tensor in this file");
    return found->second;
  }

  void check_codes(const std::string& name) const {
    const TensorEntry& entry = find("codes", name);
    check_tensor("codes", name, entry, entry.dtype == Dtype::U8, "U8",
                 {operand_.rows, packed_row_bytes(operand_.cols)});
  }

  void check_source() const {
    const TensorEntry& entry = find("source", operand_.source);
    check_tensor("source", operand_.source, entry, entry.dtype != Dtype::U8, "F32 or BF16",
                 {operand_.rows, operand_.cols});
  }

  void check_tensor(const char* key, const std::string& name, const TensorEntry& entry, bool dtype_ok,
                    const char* dtype, const std::vector<std::uint64_t>& shape) const {
    if (dtype_ok && entry.shape == shape) return;
    fail(key, fmt::format("tensor {} is {} [{}]", in_quotes(name), name_of(entry.dtype), fmt::join(entry.shape, ", ")),
         fmt::format("{} [{}]", dtype, fmt::join(shape, ", ")));
  }

  const Operand& operand_;
  const std::string field_;
  const TensorTable& tensors_;
  const Context& context_;
};

void check_dimensions(const Record& record, const Context& context) {
  for (const auto& [key, value] : {std::pair("m", record.m), std::pair("n", record.n), std::pair("k", record.k)})
    if (value < 1 || value >= dimension_limit) context.fail(key, fmt::format("{}", value), "1 to 2^40 - 1");
  if (!checked_product({record.m, record.n, record.k, record.samples()}))
    context.fail("m, n, k", fmt::format("{} x {} x {} x {} samples", record.m, record.n, record.k, record.samples()),
                 "fewer than 2^64 multiplications");
}

void check_samples(const Record& record, const Context& context) {
  const std::size_t a = record.a.codes.size(), b = record.b.codes.size();
  if ((a == 0) != (b == 0))
    context.fail(a == 0 ? "a.codes" : "b.codes", "missing", "codes for both operands, or for neither (shape only)");
  if (a != b && a != 1 && b != 1)
    context.fail("a.codes, b.codes", fmt::format("{} and {} tensors", a, b), "equal numbers, or one for either");
  if (record.samples() > sample_limit)
    context.fail("a.codes, b.codes", fmt::format("{} and {} tensors", a, b), fmt::format("at most {}", sample_limit));
}

void check_out(const Record& record, const TensorTable& tensors, const Context& context) {
  if (record.out.empty()) return;
  const auto found = tensors.find(record.out);
  if (found == tensors.end()) context.fail("out", in_quotes(record.out), "the name of a tensor in this file");
  const TensorEntry& entry = found->second;
  if (entry.dtype != Dtype::F32 || entry.shape != std::vector{record.m, record.n})
    context.fail(
        "out",
        fmt::format("tensor {} is {} [{}]", in_quotes(record.out), name_of(entry.dtype), fmt::join(entry.shape, ", ")),
        fmt::format("F32 [{}, {}]", record.m, record.n));
}

// The numbers that an operand of a format can have in an output's dot product: every value of its codes.
bool holds_exactly(Format format, Format operand) {
  for (std::uint32_t code = 0; code < 16; ++code) {
    const double value = decode(operand, code);
    if (decode(format, encode(format, value)) != value) return false;
  }
  return true;
}

void check_dot_model(const Record& record, const Context& context) {
  if (!record.dot_model) return;
  if (record.shape_only()) context.fail("dot_model", "present", "none without codes");
  const auto* custom = std::get_if<CustomDotModel>(&*record.dot_model);
  if (custom == nullptr) return;
  for (const auto& [key, value, largest] :
       {std::tuple("fraction_bits", custom->model.fraction_bits, max_dot_fraction_bits),
        std::tuple("terms", custom->model.terms, max_dot_terms),
        std::tuple("chain", custom->model.chain, max_dot_chain)})
    if (value < 1 || value > largest)
      context.fail(fmt::format("dot_model.{}", key), fmt::format("{}", value), fmt::format("1 to {}", largest));
  if (!is_dot_format(custom->format))
    context.fail("dot_model.format", name_of(custom->format), "fp16, bf16, fp8_e4m3 or fp8_e5m2");
  for (const Format operand : {record.a.format, record.b.format})
    if (!holds_exactly(custom->format, operand))
      context.fail("dot_model.format", fmt::format("{} with {} operands", name_of(custom->format), name_of(operand)),
                   "a format that holds their values exactly");
}

}  // namespace

void check_record(const Record& record, const TensorTable& tensors, const Context& context) {
  if (record.id.empty()) context.fail("id", "''", "a name that no other record has");
  for (const auto& [key, text] : {std::pair("id", &record.id), std::pair("layer", &record.layer),
                                  std::pair("out", &record.out), std::pair("kernel", &record.kernel)})
    check_text(key, *text, context);
  check_dimensions(record, context);
  check_samples(record, context);
  if (!record.shape_only() && !within(record.k, record.samples(), max_exact_k - 1))
    context.fail("k", fmt::format("sums of {} products", size(record.k, record.samples())),
                 "fewer than 2^21 with codes, the exact range of int32");
  OperandCheck(record.a, "a", tensors, context).run(record.m, record.k);
  OperandCheck(record.b, "b", tensors, context).run(record.k, record.n);
  // The exact GEMM holds |a b| <= 960.
  if (record.a.format == Format::fp4_e3m0 && record.b.format == Format::fp4_e3m0)
    context.fail("a.format, b.format", "fp4_e3m0 twice", "at least one of int4 and uint4");
  check_out(record, tensors, context);
  check_dot_model(record, context);
}

void check_provenance(const Provenance& provenance, const Context& context) {
  if (provenance.backend != "cuda" && provenance.backend != "cpu" && provenance.backend != "torch")
    context.fail("backend", in_quotes(provenance.backend), "cuda, cpu or torch");
  for (const auto& [key, text] : {std::pair("device", &provenance.device), std::pair("driver", &provenance.driver),
                                  std::pair("cuda", &provenance.cuda), std::pair("kernels", &provenance.kernels),
                                  std::pair("network", &provenance.network), std::pair("dataset", &provenance.dataset),
                                  std::pair("date", &provenance.date), std::pair("revision", &provenance.revision)})
    check_text(key, *text, context);
}

}  // namespace luqsim
