// The sources of random numbers: LFSR16 over its whole period, Philox with stalls on both sides.
#include "luqsim/numerics/lfsr.h"
#include "luqsim/numerics/philox.h"

#include "../numerics/sampling.h"
#include "Vlfsr16_1.h"
#include "Vlfsr16_16.h"
#include "Vlfsr16_8.h"
#include "Vphilox.h"
#include "lockstep.h"
#include "philox_known_answers.h"

namespace luqsim {
namespace {

using sc_core::sc_signal;

template <class Block>
void whole_period(const std::string& name, int steps) {
  fresh_context();
  sc_signal<bool> clk, load, enable;
  sc_signal<std::uint32_t> seed, state;
  Block block("block");
  block.clk(clk);
  block.load(load);
  block.seed(seed);
  block.enable(enable);
  block.state(state);
  test::Comparison comparison(name);
  test::Speed speed(name, comparison);
  sampling::Source source(43);
  test::Driver driver("driver", [&] {
    std::uint16_t expected = 0;
    const auto clock = [&](bool loads, std::uint16_t with, bool enabled) {
      clk.write(false);
      load.write(loads);
      seed.write(with);
      enable.write(enabled);
      test::settle();
      clk.write(true);
      test::settle();
      const std::uint16_t before = expected;
      if (loads) expected = with;
      for (int i = 0; i < steps && !loads && enabled; ++i) expected = lfsr16_step(expected);
      comparison.check(expected, state.read(), [&] {
        return fmt::format("state={:#06x} load={:d} seed={:#06x} enable={:d}", before, loads, with, enabled);
      });
    };
    // 16 has no common divisor with the period either, so that every state comes once.
    constexpr std::uint16_t start = 0xACE1;
    clock(true, start, false);
    for (int i = 0; i < 65535; ++i) {
      EXPECT_TRUE(i == 0 || expected != start) << name << ": period " << i;
      clock(false, static_cast<std::uint16_t>(source.bits()), true);
    }
    EXPECT_EQ(expected, start);
    for (int i = 0; i < 65536; ++i)
      clock(source.one_in(4), static_cast<std::uint16_t>(1 + source.below(65535)), source.one_in(2));
  });
  run_to_the_end();
  EXPECT_EQ(comparison.vectors(), 1U + 65535 + 65536);
}

TEST(Lfsr16, OneStepAClock) { whole_period<Vlfsr16_1>("lfsr16_1", 1); }
TEST(Lfsr16, EightStepsAClock) { whole_period<Vlfsr16_8>("lfsr16_8", 8); }
TEST(Lfsr16, SixteenStepsAClock) { whole_period<Vlfsr16_16>("lfsr16_16", 16); }

using Counter = std::array<std::uint32_t, 4>;
using Key = std::array<std::uint32_t, 2>;

template <int bits, std::size_t n>
sc_dt::sc_bv<bits> pack(const std::array<std::uint32_t, n>& words) {
  sc_dt::sc_bv<bits> packed;
  for (std::size_t i = 0; i < n; ++i) packed.set_word(static_cast<int>(i), words[i]);
  return packed;
}

class PhiloxBench {
 public:
  PhiloxBench() {
    block_.clk(clk_);
    block_.reset(reset_);
    block_.in_valid(in_valid_);
    block_.in_ready(in_ready_);
    block_.counter(counter_);
    block_.key(key_);
    block_.out_valid(out_valid_);
    block_.out_ready(out_ready_);
    block_.result(result_);
  }

  void reset() {
    present({}, {}, false, false);
    reset_.write(true);
    edge();
    reset_.write(false);
    busy_ = 0;
    clk_.write(false);
    test::settle();
  }

  // One clock. Returns whether the inputs were taken.
  bool clock(const Counter& counter, const Key& key, bool offer, bool take) {
    present(counter, key, offer, take);
    const bool valid = busy_ == 11, ready = busy_ == 0 || (valid && take);
    comparison_.check(2U * valid + ready, 2U * out_valid_.read() + in_ready_.read(), [&] {
      return fmt::format("out_valid, in_ready with in_valid={:d} out_ready={:d} in clock {}", offer, take, busy_);
    });
    if (valid)
      for (std::size_t w = 0; w < 4; ++w)
        comparison_.check(expected_[w], result_.read().get_word(static_cast<int>(w)), [&] {
          return fmt::format("word {} of counter={:#x},{:#x},{:#x},{:#x} key={:#x},{:#x}", w, taken_counter_[0],
                             taken_counter_[1], taken_counter_[2], taken_counter_[3], taken_key_[0], taken_key_[1]);
        });
    edge();
    if (offer && ready) {
      taken_counter_ = counter;
      taken_key_ = key;
      expected_ = philox4x32_10(counter, key);
      busy_ = 2;
      return true;
    }
    if (valid)
      busy_ = take ? 0 : 11;
    else if (busy_ != 0)
      ++busy_;
    return false;
  }
  // The result as the block gives it.
  Counter result() const {
    Counter words{};
    for (std::size_t w = 0; w < 4; ++w) words[w] = result_.read().get_word(static_cast<int>(w));
    return words;
  }
  bool idle() const { return busy_ == 0; }
  const test::Comparison& comparison() const { return comparison_; }

 private:
  void present(const Counter& counter, const Key& key, bool offer, bool take) {
    clk_.write(false);
    counter_.write(pack<128>(counter));
    key_.write(std::uint64_t{key[1]} << 32 | key[0]);
    in_valid_.write(offer);
    out_ready_.write(take);
    test::settle();
  }
  void edge() {
    clk_.write(true);
    test::settle();
  }

  sc_signal<bool> clk_, reset_, in_valid_, in_ready_, out_valid_, out_ready_;
  sc_signal<sc_dt::sc_bv<128>> counter_, result_;
  sc_signal<std::uint64_t> key_;
  Vphilox block_{"block"};
  int busy_ = 0;  // clocks since a block was taken, that one counted: 11 when the result is there; 0: empty
  Counter taken_counter_{}, expected_{};
  Key taken_key_{};
  test::Comparison comparison_{"philox"};
};

TEST(Philox, KnownAnswersOfRandom123) {
  fresh_context();
  PhiloxBench bench;
  test::Driver driver("driver", [&] {
    bench.reset();
    for (const auto& v : luqsim::test::philox_known_answers) {
      EXPECT_TRUE(bench.clock(v.counter, v.key, true, false));
      for (int i = 0; i < 9; ++i) EXPECT_FALSE(bench.clock({}, {}, true, true));
      EXPECT_EQ(bench.result(), v.answer);
      bench.clock({}, {}, false, true);
      EXPECT_TRUE(bench.idle());
    }
  });
  run_to_the_end();
}

TEST(Philox, BlocksWithStalls) {
  fresh_context();
  PhiloxBench bench;
  test::Speed speed("philox", bench.comparison());
  sampling::Source source(44);
  constexpr int blocks = 20000;
  int clocks_without_stalls = 0;
  test::Driver driver("driver", [&] {
    bench.reset();
    const auto word = [&] { return static_cast<std::uint32_t>(source.bits()); };
    for (int taken = 0; taken < blocks;) {
      // The first half offers and takes at once: a block every 10 clocks.
      const bool stalls = taken >= blocks / 2;
      clocks_without_stalls += stalls ? 0 : 1;
      const bool offer = !stalls || source.one_in(2), take = !stalls || source.one_in(3);
      if (bench.clock({word(), word(), word(), word()}, {word(), word()}, offer, take)) ++taken;
      if (stalls && source.one_in(1000)) bench.reset();
    }
    while (!bench.idle()) bench.clock({}, {}, false, true);
  });
  run_to_the_end();
  EXPECT_EQ(clocks_without_stalls, (blocks / 2 - 1) * 10 + 1);
}

}  // namespace
}  // namespace luqsim
