#include "random_trace.h"

#include <cmath>
#include <fstream>
#include <optional>

#include <boost/json.hpp>

#include "luqsim/numerics/gemm.h"
#include "luqsim/traces/operand.h"

namespace luqsim::test {
namespace {

std::vector<float> random_values(std::uint64_t count, bool non_negative, float mean, std::mt19937& random) {
  std::normal_distribution<float> normal;
  std::vector<float> values(count);
  for (float& v : values) {
    v = mean + normal(random) * std::exp(normal(random));
    if (non_negative) v = std::max(v, 0.0F);
  }
  return values;
}

struct Built {
  Operand operand;
  std::vector<CodeTensor> codes;
};

Built quantized(TraceWriter& writer, const std::string& name, Operand operand, const RandomGemm& gemm, bool gradient,
                std::mt19937& random) {
  Built built{std::move(operand), {}};
  Operand& x = built.operand;
  const auto source = random_values(x.rows * x.cols, x.format == Format::uint4, gemm.mean, random);
  if (gradient) {
    LuqQuantization luq{gemm.luq, {random(), 3, 5, 0}, {}};
    if (gemm.hindsight) luq.estimate = 0.7F * max_abs(source).max_abs;
    for (std::uint32_t s = 0; s < gemm.samples; ++s) {
      RandomStream stream = luq.stream;
      stream.sample = s;
      LuqResult result = luq_quantize(source, x.rows, x.cols, luq.config, stream, luq.estimate);
      x.scale = result.scale.alpha;
      built.codes.push_back(std::move(result.codes));
    }
    x.format = luq_format(gemm.luq);
    x.quantization = luq;
  } else {
    const SawbConfig config{x.format};
    SawbResult result = sawb_quantize(source, x.rows, x.cols, config);
    x.scale = result.scale;
    x.quantization = SawbQuantization{config};
    built.codes.push_back(std::move(result.codes));
  }
  x.source = writer.add(name + ".source", source, x.rows, x.cols);
  for (std::size_t s = 0; s < built.codes.size(); ++s)
    x.codes.push_back(writer.add(name + ".codes" + std::to_string(s), built.codes[s].view()));
  return built;
}

std::vector<float> product(const Record& record, const Built& a, const Built& b) {
  std::vector<std::int32_t> sums(record.m * record.n);
  std::vector<std::int8_t> left(record.m * record.k), right(record.k * record.n);
  for (std::size_t s = 0; s < record.samples(); ++s) {
    read_block(a.operand, a.codes[s % a.codes.size()].view(), 0, record.m, 0, record.k, left);
    read_block(b.operand, b.codes[s % b.codes.size()].view(), 0, record.k, 0, record.n, right);
    gemm_s8s8s32({left.data(), record.m, record.k, record.k}, {right.data(), record.k, record.n, record.n}, sums,
                 s == 0 ? Accumulate::overwrite : Accumulate::add);
  }
  std::vector<float> out(sums.size());
  scale_output(sums, output_scale(record.a.scale, record.b.scale, static_cast<std::uint32_t>(record.samples())), out);
  return out;
}

// `out`: in place of the product.
void add_record(TraceWriter& writer, Record record, const Built& a, const Built& b,
                const std::optional<std::vector<float>>& out = {}) {
  record.a = a.operand;
  record.b = b.operand;
  record.out = writer.add(record.id + ".out", out ? *out : product(record, a, b), record.m, record.n);
  writer.add(std::move(record));
}

Operand stored(Format format, std::uint64_t rows, std::uint64_t cols, View view) {
  Operand operand;
  operand.format = format;
  operand.rows = rows;
  operand.cols = cols;
  operand.view = view;
  return operand;
}

Record shaped(const std::string& id, Pass pass, std::uint64_t m, std::uint64_t n, std::uint64_t k) {
  Record record;
  record.id = id;
  record.layer = "layer";
  record.pass = pass;
  record.m = m;
  record.n = n;
  record.k = k;
  return record;
}

}  // namespace

void add_random_record(TraceWriter& writer, const std::string& id, const RandomGemm& g, std::mt19937& random) {
  Operand a, b;
  if (g.pass == Pass::fprop) {
    a = stored(g.activation, g.m, g.k, View::direct);
    b = stored(Format::int4, g.k, g.n, View::direct);
  } else if (g.pass == Pass::dgrad) {
    a = stored(Format::fp4_e3m0, g.m, g.k, View::direct);
    b = stored(Format::int4, g.n, g.k, View::transposed);
  } else {
    a = stored(g.activation, g.k, g.m, View::transposed);
    b = stored(Format::fp4_e3m0, g.k, g.n, View::direct);
  }
  const Built left = quantized(writer, id + ".a", a, g, g.pass == Pass::dgrad, random);
  const Built right = quantized(writer, id + ".b", b, g, g.pass == Pass::wgrad, random);
  std::optional<std::vector<float>> out;
  if (g.random_out) out = random_values(g.m * g.n, false, 0, random);
  add_record(writer, shaped(id, g.pass, g.m, g.n, g.k), left, right, out);
}

void add_random_backward(TraceWriter& writer, const std::string& id, const RandomGemm& g, std::mt19937& random) {
  const Built a = quantized(writer, id + ".a", stored(g.activation, g.n, g.k, View::transposed), g, false, random);
  const Built w = quantized(writer, id + ".w", stored(Format::int4, g.k, g.m, View::transposed), g, false, random);
  const Built d = quantized(writer, id + ".d", stored(Format::fp4_e3m0, g.n, g.m, View::direct), g, true, random);
  Built first = d;
  first.codes.resize(1);
  first.operand.codes.resize(1);
  add_record(writer, shaped(id + ".dgrad", Pass::dgrad, g.n, g.k, g.m), first, w);
  add_record(writer, shaped(id + ".wgrad", Pass::wgrad, g.k, g.m, g.n), a, d);
}

void add_random_convolution(TraceWriter& writer, const std::string& id, std::mt19937& random) {
  const Im2col geometry{2, 5, 4, 3, 3, 3, 1, 1};
  const std::uint64_t patches = geometry.rows(), patch = geometry.cols(), channels = 7;
  const RandomGemm plain;
  Built a = quantized(writer, id + ".a", stored(Format::int4, 2 * 5 * 4, 3, View::direct), plain, false, random);
  Built w = quantized(writer, id + ".w", stored(Format::int4, patch, channels, View::direct), plain, false, random);
  const Built d =
      quantized(writer, id + ".d", stored(Format::fp4_e3m0, patches, channels, View::direct), plain, true, random);
  a.operand.im2col = geometry;
  a.operand.view = View::im2col;
  add_record(writer, shaped(id + ".fprop", Pass::fprop, patches, channels, patch), a, w);
  w.operand.view = View::transposed;
  add_record(writer, shaped(id + ".dgrad", Pass::dgrad, patches, patch, channels), d, w);
  a.operand.view = View::im2col_transposed;
  add_record(writer, shaped(id + ".wgrad", Pass::wgrad, patch, channels, patches), a, d);
}

std::uint64_t tensor_offset(const std::filesystem::path& trace, const std::string& tensor) {
  std::ifstream file(trace, std::ios::binary);
  std::uint64_t size = 0;
  file.read(reinterpret_cast<char*>(&size), sizeof size);
  std::string header(size, ' ');
  file.read(header.data(), static_cast<std::streamsize>(size));
  return sizeof size + size + boost::json::parse(header).at(tensor).at("data_offsets").at(0).to_number<std::uint64_t>();
}

}  // namespace luqsim::test
