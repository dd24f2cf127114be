// The chunked accumulator against the model's, after every term.
#include <random>

#include "Vchunk_accumulator_1.h"
#include "Vchunk_accumulator_64.h"
#include "Vchunk_accumulator_7.h"
#include "processing_element.h"

namespace luqsim {
namespace {

template <class Block>
void compare(std::uint32_t length) {
  fresh_context();
  sc_core::sc_signal<std::uint32_t> term;
  test::Element<Block> element("chunk_accumulator_" + std::to_string(length),
                               {.kind = AccumulatorKind::chunk, .chunk_length = length});
  element.block.term(term);
  std::mt19937 random(length);
  std::uint64_t infinite = 0;
  test::Driver driver("driver", [&] {
    bool held = false;  // the same large term again and again, so that sums reach infinity
    std::int32_t value = 0;
    for (int i = 0; i < 300000; ++i) {
      const bool clears = i == 0 || random() % 400 == 0, adds = random() % 8 != 0;
      if (clears) held = random() % 4 == 0;
      if (!held || clears) value = static_cast<std::int32_t>(random() % 1025) - 512;
      term.write(encode(Format::fp16, value));
      element.clock(clears, adds, value, [&] { return fmt::format("clock {} term={:#x}", i, term.read()); });
      infinite += element.infinite() ? 1 : 0;
    }
  });
  run_to_the_end();
  EXPECT_GT(infinite, 100U);
}

TEST(ChunkAccumulator, EveryLength) {
  compare<Vchunk_accumulator_1>(1);
  compare<Vchunk_accumulator_7>(7);
  compare<Vchunk_accumulator_64>(64);
}

}  // namespace
}  // namespace luqsim
