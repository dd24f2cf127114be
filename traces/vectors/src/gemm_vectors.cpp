#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/dot_sums.h"
#include "luqsim/traces/operand.h"
#include "luqsim/vectors/vectors.h"

#include "stimuli.h"
#include "vector_file.h"

namespace luqsim {
namespace {

namespace json = boost::json;

// Codes of an operand by the index of a stored element.
using Fill = std::function<std::uint8_t(std::uint64_t element)>;

struct OperandCase {
  Operand operand;
  std::vector<CodeTensor> samples;

  std::vector<CodeView> views() const {
    std::vector<CodeView> views;
    for (const CodeTensor& codes : samples) views.push_back(codes.view());
    return views;
  }
};

struct GemmCase {
  std::string title;
  OperandCase a, b;
};

CodeTensor filled(const Operand& operand, const Fill& fill) {
  CodeTensor codes{operand.format, operand.rows, operand.cols, {}};
  const std::size_t row_bytes = packed_row_bytes(operand.cols);
  codes.bytes.resize(operand.rows * row_bytes);
  for (std::uint64_t row = 0; row < operand.rows; ++row)
    for (std::uint64_t col = 0; col < operand.cols; ++col)
      codes.bytes[row * row_bytes + col / 2] |=
          static_cast<std::uint8_t>((fill(row * operand.cols + col) & 0xF) << (4 * (col % 2)));
  return codes;
}

// An operand whose matrix, after the view, is rows x cols.
OperandCase operand_case(Format format, View view, std::uint64_t rows, std::uint64_t cols, const Fill& fill,
                         std::size_t samples = 1) {
  OperandCase c;
  c.operand.format = format;
  c.operand.view = view;
  c.operand.rows = view == View::transposed ? cols : rows;
  c.operand.cols = view == View::transposed ? rows : cols;
  c.operand.codes.assign(samples, "codes");
  for (std::size_t s = 0; s < samples; ++s) c.samples.push_back(filled(c.operand, fill));
  return c;
}

OperandCase image_case(Format format, View view, const Im2col& image, const Fill& fill) {
  OperandCase c = operand_case(format, View::direct, std::uint64_t{image.n} * image.h * image.w, image.c, fill);
  c.operand.view = view;
  c.operand.im2col = image;
  return c;
}

// ---------------------------------------------------------------------------------------------- one case's tensors

json::object operand_json(const Operand& operand) {
  json::object object{{"format", name_of(operand.format)},
                      {"rows", operand.rows},
                      {"cols", operand.cols},
                      {"view", name_of(operand.view)}};
  if (const auto& v = operand.im2col)
    object["im2col"] = {{"n", v->n},
                        {"h", v->h},
                        {"w", v->w},
                        {"c", v->c},
                        {"kernel_h", v->kernel_h},
                        {"kernel_w", v->kernel_w},
                        {"stride", v->stride},
                        {"padding", v->padding}};
  return object;
}

void add_operand(VectorFile& file, const std::string& name, const OperandCase& c) {
  std::vector<std::uint8_t> bytes;
  for (const CodeTensor& codes : c.samples) bytes.insert(bytes.end(), codes.bytes.begin(), codes.bytes.end());
  file.add(name + ".codes", bytes, {c.samples.size(), c.operand.rows, packed_row_bytes(c.operand.cols)});
  file.add_scalar(name + ".scale", c.operand.scale);
}

std::vector<std::int32_t> exact_sums(const Record& record, const GemmCase& c) {
  std::vector<std::int32_t> sums(record.m * record.n);
  std::vector<std::int8_t> left(record.m * record.k), right(record.k * record.n);
  for (std::size_t s = 0; s < record.samples(); ++s) {
    read_block(c.a.operand, c.a.samples[s % c.a.samples.size()].view(), 0, record.m, 0, record.k, left);
    read_block(c.b.operand, c.b.samples[s % c.b.samples.size()].view(), 0, record.k, 0, record.n, right);
    gemm_s8s8s32_loops({left.data(), record.m, record.k, record.k}, {right.data(), record.k, record.n, record.n}, sums,
                       Accumulate::add);
  }
  return sums;
}

void add_case(VectorFile& file, const GemmCase& c, std::span<const DotPreset> models) {
  Record record;
  record.a = c.a.operand;
  record.b = c.b.operand;
  record.m = matrix_shape(record.a).rows;
  record.n = matrix_shape(record.b).cols;
  record.k = matrix_shape(record.a).cols;
  if (record.k != matrix_shape(record.b).rows) throw std::logic_error("gemm vectors: shapes disagree: " + c.title);
  const std::vector<std::uint64_t> shape{record.m, record.n};
  json::object& parameters = file.begin(c.title);
  parameters["m"] = record.m;
  parameters["n"] = record.n;
  parameters["k"] = record.k;
  parameters["samples"] = record.samples();
  parameters["a"] = operand_json(record.a);
  parameters["b"] = operand_json(record.b);
  add_operand(file, "a", c.a);
  add_operand(file, "b", c.b);

  const std::vector<std::int32_t> sums = exact_sums(record, c);
  std::vector<float> out(sums.size());
  scale_output(sums, output_scale(record.a.scale, record.b.scale, static_cast<std::uint32_t>(record.samples())), out);
  file.add("sums", sums, shape);
  file.add("out", out, shape);
  for (const DotPreset model : models) {
    const std::string name(name_of(model));
    const std::vector<float> rounded = dot_model_sums(record, model, c.a.views(), c.b.views());
    file.add(name + ".sums", rounded, shape);
    file.add(name + ".out", dot_model_output(record, rounded), shape);
  }
}

// ---------------------------------------------------------------------------------------------- what the cases are

constexpr Im2col odd_channels{.n = 2, .h = 4, .w = 3, .c = 3, .kernel_h = 2, .kernel_w = 2, .stride = 1, .padding = 1};
constexpr Im2col even_channels{.n = 1, .h = 5, .w = 6, .c = 4, .kernel_h = 3, .kernel_w = 2, .stride = 2, .padding = 0};

constexpr float ordinary_scale_a = 0x1.99999ap-4F, ordinary_scale_b = 0x1.6a09e6p-9F;  // products of them round

std::uint8_t largest_code(Format format) { return format == Format::uint4 ? 15 : 7; }
// Of the largest magnitude, negative where the format has a sign.
std::uint8_t lowest_code(Format format) { return format == Format::int4 ? 9 : 15; }

class CaseMaker {
 public:
  CaseMaker(GemmFormats formats, Source& source) : formats_(formats), source_(source) {}

  std::vector<GemmCase> corner_cases(bool longest) {
    each_product();
    plain("one product", 1, 1, 1, any(), any());
    plain("zeros", 3, 5, 7, constant(0), constant(0));
    views();
    for (const std::uint64_t k : {2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 300})
      plain(fmt::format("K of {}", k), 2, 3, k, any(), any());
    limits();
    cancelling();
    padding();
    samples();
    scales();
    if (longest) {
      const std::uint64_t k = max_exact_k - 1;
      plain("the longest exact sum, all products the largest", 1, 1, k, constant(largest_code(formats_.a)),
            constant(largest_code(formats_.b)));
    }
    return std::move(cases_);
  }

  GemmCase random_case() {
    const auto view = [&] { return source_.one_in(2) ? View::direct : View::transposed; };
    const std::uint64_t m = source_.between(1, 9), n = source_.between(1, 9), k = source_.between(1, 90);
    const std::size_t many = source_.one_in(4) ? 2 : 1;
    GemmCase c{"random", operand_case(formats_.a, view(), m, k, any(), source_.one_in(2) ? many : 1),
               operand_case(formats_.b, view(), k, n, any(), many)};
    if (source_.one_in(4)) {
      const bool wgrad = source_.one_in(2);
      const Im2col& image = source_.one_in(2) ? odd_channels : even_channels;
      c.a = image_case(formats_.a, wgrad ? View::im2col_transposed : View::im2col, image, any());
      c.b = operand_case(formats_.b, view(), wgrad ? image.rows() : image.cols(), n, any(), many);
    }
    c.a.operand.scale = std::fabs(source_.uniform()) * 0x1p-6F;
    c.b.operand.scale = std::fabs(source_.uniform()) * 0x1p-9F;
    return c;
  }

 private:
  Fill any() {
    return [this](std::uint64_t) { return static_cast<std::uint8_t>(source_.below(16)); };
  }
  static Fill constant(std::uint8_t code) {
    return [code](std::uint64_t) { return code; };
  }

  void add(std::string title, OperandCase a, OperandCase b) {
    a.operand.scale = ordinary_scale_a;
    b.operand.scale = ordinary_scale_b;
    cases_.push_back({std::move(title), std::move(a), std::move(b)});
  }
  // A direct, B as weights are stored: transposed.
  void plain(std::string title, std::uint64_t m, std::uint64_t n, std::uint64_t k, const Fill& a, const Fill& b) {
    add(std::move(title), operand_case(formats_.a, View::direct, m, k, a),
        operand_case(formats_.b, View::transposed, k, n, b));
  }

  void each_product() {
    const Fill code = [](std::uint64_t element) { return static_cast<std::uint8_t>(element); };
    plain("every pair of codes", 16, 16, 1, code, code);
  }

  void views() {
    for (const View b : {View::direct, View::transposed}) {
      for (const View a : {View::direct, View::transposed})
        add(fmt::format("views {} and {}, odd sizes", name_of(a), name_of(b)), operand_case(formats_.a, a, 5, 7, any()),
            operand_case(formats_.b, b, 7, 3, any()));
      for (const auto& [image, channels] : {std::pair(odd_channels, "odd"), std::pair(even_channels, "even")}) {
        add(fmt::format("views im2col and {}, {} channels", name_of(b), channels),
            image_case(formats_.a, View::im2col, image, any()), operand_case(formats_.b, b, image.cols(), 3, any()));
        add(fmt::format("views im2col_transposed and {}, {} channels", name_of(b), channels),
            image_case(formats_.a, View::im2col_transposed, image, any()),
            operand_case(formats_.b, b, image.rows(), 3, any()));
      }
    }
  }

  // Sums of the largest products that just pass 2^14 (13 fraction bits) and 2^24 (23), with a one at the end or at the
  // beginning: exact integers, and where a floating-point accumulator leaves them.
  void limits() {
    const std::uint8_t top_a = largest_code(formats_.a), top_b = largest_code(formats_.b);
    const auto product = static_cast<std::uint64_t>(decode(formats_.a, top_a) * decode(formats_.b, top_b));
    for (const int bits : {14, 24}) {
      const std::uint64_t k = (std::uint64_t{1} << bits) / product + 3;
      for (const std::uint64_t one : {std::uint64_t{0}, k - 1}) {
        const auto with_one = [one](std::uint8_t top) -> Fill {
          return [one, top](std::uint64_t element) { return element == one ? std::uint8_t{1} : top; };
        };
        plain(fmt::format("a sum beyond 2^{}, a one {}", bits, one == 0 ? "first" : "last"), 1, 1, k, with_one(top_a),
              with_one(top_b));
      }
    }
  }

  // Large products of both signs around small ones.
  void cancelling() {
    const std::uint8_t top_a = largest_code(formats_.a), top_b = largest_code(formats_.b);
    const bool sign_in_a = formats_.a != Format::uint4;
    const std::uint8_t low = lowest_code(sign_in_a ? formats_.a : formats_.b);
    const auto alternating = [](std::uint8_t even, std::uint8_t odd) -> Fill {
      return [even, odd](std::uint64_t element) {
        return element % 8 == 4 ? std::uint8_t{1} : element % 2 == 0 ? even : odd;
      };
    };
    const Fill a = alternating(top_a, sign_in_a ? low : top_a), b = alternating(top_b, sign_in_a ? top_b : low);
    plain("large products that cancel", 1, 1, 96, a, b);
  }

  void padding() {
    plain("padding nibbles that are not zero", 3, 3, 5, any(), any());
    for (OperandCase* c : {&cases_.back().a, &cases_.back().b})
      for (std::size_t row = 0; row < c->operand.rows; ++row)
        c->samples[0].bytes[(row + 1) * packed_row_bytes(c->operand.cols) - 1] |= 0xF0;
  }

  void samples() {
    for (const auto& [a, b] : {std::pair(1, 2), std::pair(2, 1), std::pair(3, 3), std::pair(1, 7)})
      add(fmt::format("{} and {} samples", a, b),
          operand_case(formats_.a, View::direct, 4, 37, any(), static_cast<std::size_t>(a)),
          operand_case(formats_.b, View::direct, 37, 3, any(), static_cast<std::size_t>(b)));
  }

  void scales() {
    const auto scaled = [&](const char* title, float a, float b) {
      plain(title, 2, 3, 20, any(), any());
      cases_.back().a.operand.scale = a;
      cases_.back().b.operand.scale = b;
    };
    scaled("a scale of zero", 0, ordinary_scale_b);
    scaled("scales whose product is subnormal", 0x1.8p-80F, 0x1.5p-60F);
    scaled("scales whose product is zero", 0x1p-100F, 0x1p-100F);
    scaled("scales whose product is infinite", 0x1p100F, 0x1p100F);
    scaled("an output that overflows", 0x1p62F, 0x1.fp62F);
    scaled("powers of two", 0x1p-3F, 0x1p-9F);
  }

  GemmFormats formats_;
  Source& source_;
  std::vector<GemmCase> cases_;
};

void check_formats(const GemmFormats& formats) {
  const auto four_bits = [](Format f) { return f == Format::int4 || f == Format::uint4 || f == Format::fp4_e3m0; };
  for (const Format format : {formats.a, formats.b})
    if (!four_bits(format))
      throw std::invalid_argument(fmt::format("gemm format: {}; wanted int4, uint4 or fp4_e3m0", name_of(format)));
  if (formats.a == Format::fp4_e3m0 && formats.b == Format::fp4_e3m0)
    throw std::invalid_argument("gemm formats: fp4_e3m0 twice; wanted at least one of int4 and uint4");
}

}  // namespace

std::size_t write_gemm_vectors(const VectorOptions& options, std::span<const GemmFormats> formats,
                               std::span<const DotPreset> models) {
  for (const GemmFormats& pair : formats) check_formats(pair);
  VectorFile file(options.output, "gemm", options.seed);
  Source source(options.seed);
  for (std::size_t i = 0; i < formats.size(); ++i) {
    CaseMaker maker(formats[i], source);
    for (const GemmCase& c : maker.corner_cases(i + 1 == formats.size())) add_case(file, c, models);
    for (std::uint32_t n = 0; n < options.cases; ++n) add_case(file, maker.random_case(), models);
  }
  return file.commit();
}

}  // namespace luqsim
