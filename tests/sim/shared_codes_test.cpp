// Operands that name the same codes: what was quantized for one is taken for another only where both say the same of
// it.
#include "luqsim/traces/operand.h"

#include "simulated_trace.h"

namespace luqsim {
namespace {

using test::find_check;

class SharedCodes : public test::SimulatedTrace {
 protected:
  static constexpr std::uint64_t rows = 6, cols = 10;

  std::vector<float> gradient() {
    std::normal_distribution<float> normal;
    std::vector<float> values(rows * cols);
    for (float& v : values) v = normal(random_);
    return values;
  }

  static LuqResult quantized(const std::vector<float>& source) {
    return luq_quantize(source, rows, cols, LuqConfig{}, stream);
  }

  static Operand operand(float scale, std::vector<std::string> codes, const std::string& source) {
    return {.format = Format::fp4_e3m0,
            .rows = rows,
            .cols = cols,
            .scale = scale,
            .quantization = LuqQuantization{{}, stream, {}},
            .codes = std::move(codes),
            .source = source};
  }

  // gradient x weight, which is not quantized by the model and all ones; every output is a sum of its row.
  static void add_dgrad(TraceWriter& writer, const std::string& id, const Operand& a, const LuqResult& result) {
    std::vector<std::int8_t> values(rows * cols);
    read_block(a, result.codes.view(), 0, rows, 0, cols, values);
    std::vector<float> out(rows);
    for (std::uint64_t r = 0; r < rows; ++r)
      for (std::uint64_t c = 0; c < cols; ++c) out[r] += static_cast<float>(values[r * cols + c]);
    for (float& v : out) v *= a.scale;
    Record record{
        .id = id, .layer = "fc", .pass = Pass::dgrad, .m = rows, .n = 1, .k = cols, .a = a, .b = {}, .out = {}};
    record.b = {.format = Format::int4, .rows = cols, .cols = 1, .codes = {"ones"}, .source = {}};
    record.out = writer.add(id + ".out", out, rows, 1);
    writer.add(std::move(record));
  }

  static void add_ones(TraceWriter& writer) {
    const std::vector<std::int8_t> ones(cols, 1);
    writer.add("ones", pack_levels(Format::int4, cols, 1, ones).view());
  }

  static constexpr RandomStream stream{7, 3, 5, 0};
};

void expect_exact(const RecordResult& record) {
  EXPECT_FALSE(record.checks.empty());
  for (const TensorCheck& check : record.checks) EXPECT_EQ(check.mismatches, 0U) << record.id << ' ' << check.tensor;
}

TEST_F(SharedCodes, OfGradientsOfTwoScalesAreQuantizedForEach) {
  const std::vector<float> x = gradient();
  std::vector<float> twice = x;
  for (float& v : twice) v *= 2;
  const LuqResult small = quantized(x), large = quantized(twice);
  const Trace trace = make_trace([&](TraceWriter& writer) {
    add_ones(writer);
    writer.add("x", x, rows, cols);
    writer.add("twice", twice, rows, cols);
    writer.add("codes", small.codes.view());
    add_dgrad(writer, "first", operand(small.scale.alpha, {"codes"}, "x"), small);
    add_dgrad(writer, "second", operand(large.scale.alpha, {"codes"}, "twice"), large);
    add_dgrad(writer, "third", operand(large.scale.alpha, {"codes"}, {}), large);
  });
  for (const RecordResult& record : simulate(test::ideal_architecture(), trace).records) expect_exact(record);
}

TEST_F(SharedCodes, OfAnotherGradientsSamplesAreNotTaken) {
  const std::vector<float> x = gradient(), other = gradient();
  const LuqResult of_x = quantized(x), of_other = quantized(other);
  const Trace trace = make_trace([&](TraceWriter& writer) {
    add_ones(writer);
    writer.add("x", x, rows, cols);
    writer.add("other", other, rows, cols);
    writer.add("codes", of_x.codes.view());
    writer.add("more", of_other.codes.view());
    add_dgrad(writer, "first", operand(of_x.scale.alpha, {"codes"}, "x"), of_x);
    add_dgrad(writer, "wrong", operand(of_other.scale.alpha, {"codes", "more"}, "other"), of_other);
  });
  const RunResult result = simulate(test::ideal_architecture(), trace);
  expect_exact(result.records[0]);
  EXPECT_GT(find_check(result.records[1], "a codes, sample 0").mismatches, 0U);
}

TEST_F(SharedCodes, WithoutASourceTakeTheScaleOfTheDesignToo) {
  const std::vector<float> x = gradient();
  const LuqResult result = quantized(x);
  Architecture a = test::ideal_architecture();
  a.quantizer.alpha = Alpha::pow2;
  std::vector<TensorCheck> outs;
  for (const std::string source : {"x", ""}) {
    const Trace trace = make_trace([&](TraceWriter& writer) {
      add_ones(writer);
      writer.add("x", x, rows, cols);
      writer.add("codes", result.codes.view());
      add_dgrad(writer, "first", operand(result.scale.alpha, {"codes"}, "x"), result);
      add_dgrad(writer, "second", operand(result.scale.alpha, {"codes"}, source), result);
    });
    outs.push_back(find_check(simulate(a, trace).records[1], "out"));
  }
  EXPECT_GT(outs[0].mismatches, 0U);
  EXPECT_EQ(outs[1], outs[0]);
}

}  // namespace
}  // namespace luqsim
