// PEs on the sequences of a real training run: the dgrad products of the bundled trace, after every term.
#include "luqsim/numerics/accumulator.h"
#include "luqsim/numerics/product.h"
#include "luqsim/traces/trace.h"

#include "Vpe_mac_1_24_1.h"
#include "Vpe_mac_2_8_23.h"
#include "Vpe_mac_3_5_10.h"
#include "Vpe_mac_3_5_10_64.h"
#include "Vpe_mac_3_8_23.h"
#include "accumulator_register.h"
#include "lockstep.h"

namespace luqsim {
namespace {

// Codes of dgrad's operands in the order of k: gradients D [m, k] and weights W [n, k], which it reads transposed.
struct Sequences {
  Sequences() : trace(Trace::open(LUQSIM_TEST_TRACE)) {
    for (const Record& record : trace.records())
      if (record.pass == Pass::dgrad) dgrad.push_back(&record);
  }
  Trace trace;
  std::vector<const Record*> dgrad;
};

template <class Block>
void compare(const std::string& name, Product product, const AccumulatorConfig& config) {
  const Sequences sequences;
  ASSERT_FALSE(sequences.dgrad.empty());
  const ProductTable table = make_product_table(product, Format::int4, Format::fp4_e3m0);
  fresh_context();
  sc_core::sc_signal<bool> clk, clear, enable, overflow;
  sc_core::sc_signal<std::uint32_t> a, b, sum;
  Block block("block");
  block.clk(clk), block.clear(clear), block.enable(enable), block.a(a), block.b(b), block.sum(sum);
  block.overflow(overflow);
  test::Comparison comparison(name);
  const auto tick = [&] {
    test::settle();
    clk.write(true);
    test::settle();
    clk.write(false);
  };
  test::Driver driver("driver", [&] {
    for (const Record* record : sequences.dgrad) {
      ASSERT_EQ(record->a.view, View::direct);
      ASSERT_EQ(record->b.view, View::transposed);
      const CodeView d = sequences.trace.codes(record->a), w = sequences.trace.codes(record->b);
      for (std::uint64_t i = 0; i < record->m; i += 5)
        for (std::uint64_t j = 0; j < record->n; j += 7) {
          clear.write(true);
          tick();
          clear.write(false);
          enable.write(true);
          AccumulatorState state;
          for (std::uint64_t k = 0; k < record->k; ++k) {
            const std::uint8_t a_code = w.code(j, k), b_code = d.code(i, k);
            a.write(a_code);
            b.write(b_code);
            tick();
            const std::int32_t term = table(a_code, b_code);
            accumulate(config, {&term, 1}, state);
            comparison.check(test::register_code(config, state), sum.read(), [&] {
              return fmt::format("record {} [{}, {}], k={} a={:#x} b={:#x}", record->id, i, j, k, a_code, b_code);
            });
          }
          enable.write(false);
        }
    }
  });
  sc_core::sc_start();
  EXPECT_GT(comparison.vectors(), 100000U);
}

TEST(TraceSequences, ShiftAndInt24) {
  compare<Vpe_mac_1_24_1>("pe_mac_1_24_1", Product::shift,
                          {.kind = AccumulatorKind::int24, .overflow = Overflow::saturate});
}
TEST(TraceSequences, StandardAndFp32) {
  compare<Vpe_mac_2_8_23>("pe_mac_2_8_23", Product::fp7_mul, {.kind = AccumulatorKind::fp32});
}
TEST(TraceSequences, MfBpropAndFp32) {
  compare<Vpe_mac_3_8_23>("pe_mac_3_8_23", Product::mf_bprop, {.kind = AccumulatorKind::fp32});
}
TEST(TraceSequences, MfBpropAndFp16) {
  compare<Vpe_mac_3_5_10>("pe_mac_3_5_10", Product::mf_bprop, {.kind = AccumulatorKind::fp16});
}
TEST(TraceSequences, MfBpropAndChunkedFp16) {
  compare<Vpe_mac_3_5_10_64>("pe_mac_3_5_10_64", Product::mf_bprop,
                             {.kind = AccumulatorKind::chunk, .chunk_length = 64});
}

}  // namespace
}  // namespace luqsim
