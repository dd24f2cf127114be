// The chunked accumulator against the model's, after every term.
#include <random>

#include "luqsim/numerics/accumulator.h"
#include "luqsim/numerics/format.h"

#include "Vchunk_accumulator_1.h"
#include "Vchunk_accumulator_64.h"
#include "Vchunk_accumulator_7.h"
#include "lockstep.h"

namespace luqsim {
namespace {

template <class Block>
void compare(std::uint32_t length) {
  fresh_context();
  sc_core::sc_signal<bool> clk, clear, enable;
  sc_core::sc_signal<std::uint32_t> term, sum;
  Block block("block");
  block.clk(clk), block.clear(clear), block.enable(enable), block.term(term), block.sum(sum);
  test::Comparison comparison("chunk_accumulator_" + std::to_string(length));
  const AccumulatorConfig config{.kind = AccumulatorKind::chunk, .chunk_length = length};
  std::mt19937 random(length);
  AccumulatorState state;
  std::uint64_t infinite = 0;
  const auto tick = [&] {
    test::settle();
    clk.write(true);
    test::settle();
    clk.write(false);
    test::settle();
  };
  test::Driver driver("driver", [&] {
    bool held = false;  // the same large term again and again, so that sums reach infinity
    std::int32_t value = 0;
    for (int i = 0; i < 300000; ++i) {
      const bool clears = i == 0 || random() % 400 == 0, adds = random() % 8 != 0;
      if (clears) held = random() % 4 == 0;
      if (!held || clears) value = static_cast<std::int32_t>(random() % 1025) - 512;
      clear.write(clears);
      enable.write(adds);
      term.write(encode(Format::fp16, value));
      tick();
      if (clears) {
        state = {};
      } else if (adds) {
        accumulate(config, {&value, 1}, state);
      }
      const std::uint32_t expected = encode(Format::fp16, static_cast<double>(accumulated(config, state)));
      infinite += (expected & 0x7FFF) == 0x7C00 ? 1 : 0;
      comparison.check(expected, sum.read(), [&] {
        return fmt::format("clock {} term={:#x} clear={:d} enable={:d}", i, term.read(), clears, adds);
      });
    }
  });
  sc_core::sc_start();
  EXPECT_GT(infinite, 100U);
}

TEST(ChunkAccumulator, EveryLength) {
  compare<Vchunk_accumulator_1>(1);
  compare<Vchunk_accumulator_7>(7);
  compare<Vchunk_accumulator_64>(64);
}

}  // namespace
}  // namespace luqsim
