// PEs on the sequences of a real training run: the dgrad products of the bundled trace, after every term.
#include "luqsim/numerics/product.h"
#include "luqsim/traces/trace.h"

#include "Vpe_mac_1_24_1.h"
#include "Vpe_mac_2_8_23.h"
#include "Vpe_mac_3_5_10.h"
#include "Vpe_mac_3_5_10_64.h"
#include "Vpe_mac_3_8_23.h"
#include "processing_element.h"

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
  sc_core::sc_signal<std::uint32_t> a, b;
  test::Element<Block> element(name, config);
  element.block.a(a);
  element.block.b(b);
  test::Driver driver("driver", [&] {
    for (const Record* record : sequences.dgrad) {
      ASSERT_EQ(record->a.view, View::direct);
      ASSERT_EQ(record->b.view, View::transposed);
      const CodeView d = sequences.trace.codes(record->a), w = sequences.trace.codes(record->b);
      for (std::uint64_t i = 0; i < record->m; i += 5)
        for (std::uint64_t j = 0; j < record->n; j += 7) {
          element.clock(true, false, 0, [] { return ""; });
          for (std::uint64_t k = 0; k < record->k; ++k) {
            const std::uint8_t a_code = w.code(j, k), b_code = d.code(i, k);
            a.write(a_code);
            b.write(b_code);
            element.clock(false, true, table(a_code, b_code), [&] {
              return fmt::format("record {} [{}, {}], k={} a={:#x} b={:#x}", record->id, i, j, k, a_code, b_code);
            });
          }
        }
    }
  });
  run_to_the_end();
  EXPECT_GT(element.clocks(), 100000U);
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
