#include "dram.h"

#include <algorithm>
#include <deque>

#include <gtest/gtest.h>

#include "bench.h"
#include "property.h"

namespace luqsim {
namespace {

using test::between;
using test::either;
using test::Script;
using test::upto;

struct Transfer {
  Cycles gap;  // idle cycles before it
  std::uint64_t bytes;
};
using Port = std::vector<Transfer>;

std::vector<std::vector<Cycles>> simulate(const DramConfig& config, const std::vector<Port>& ports) {
  fresh_context();
  Dram dram("dram", config);
  std::vector<std::vector<Cycles>> ends(ports.size());
  std::vector<std::unique_ptr<Script>> scripts;
  // Constructed in reverse, so that port order and not construction order must decide.
  for (std::size_t p = ports.size(); p-- > 0;)
    scripts.push_back(std::make_unique<Script>(("port" + std::to_string(p)).c_str(), [&, p](Unit& self) {
      for (const Transfer& t : ports[p]) {
        self.spend(t.gap, Activity::none);
        dram.transfer(self, p, Direction::read, t.bytes);
        ends[p].push_back(current_cycle());
      }
      self.enter(Activity::none);
    }));
  run_to_the_end();
  return ends;
}

// Every burst arbitrated by itself, cycle by cycle: the definition. All ports read.
std::vector<std::vector<Cycles>> by_bursts(const DramConfig& config, const std::vector<Port>& ports) {
  const Cycles burst_cycles = (config.burst_bytes + config.bytes_per_cycle - 1) / config.bytes_per_cycle;
  struct State {
    std::size_t next = 0;
    Cycles arrival = 0;
    std::uint64_t bursts = 0;
    std::deque<Cycles> on_their_way{};  // when they arrive
  };
  std::vector<State> states(ports.size());
  std::vector<std::vector<Cycles>> ends(ports.size());
  std::deque<std::size_t> turns;
  Cycles burst_ends = 0;
  bool on_bus = false;
  for (std::size_t p = 0; p < ports.size(); ++p) states[p].arrival = ports[p].empty() ? 0 : ports[p][0].gap;
  for (Cycles now = 0; now < 1000000; ++now) {
    if (on_bus && burst_ends == now) {
      on_bus = false;
      const std::size_t p = turns.front();
      turns.pop_front();
      if (--states[p].bursts > 0) {
        turns.push_back(p);
      } else {
        ends[p].push_back(now);
        if (++states[p].next < ports[p].size()) states[p].arrival = now + ports[p][states[p].next].gap;
      }
    }
    for (std::size_t p = 0; p < ports.size(); ++p)
      if (states[p].next < ports[p].size() && states[p].bursts == 0 && states[p].arrival == now) {
        states[p].bursts = (ports[p][states[p].next].bytes + config.burst_bytes - 1) / config.burst_bytes;
        turns.push_back(p);
      }
    for (State& state : states)
      while (!state.on_their_way.empty() && state.on_their_way.front() <= now) state.on_their_way.pop_front();
    const auto next =
        std::ranges::find_if(turns, [&](std::size_t p) { return states[p].on_their_way.size() < config.outstanding; });
    if (!on_bus && next != turns.end()) {
      const std::size_t p = *next;
      turns.erase(next);
      turns.push_front(p);
      on_bus = true;
      burst_ends = now + burst_cycles;
      states[p].on_their_way.push_back(burst_ends + config.latency_cycles);
    }
  }
  return ends;
}

TEST(Dram, OneTransferTakesItsBursts) {
  EXPECT_EQ(simulate({64, 100, 64, 101}, {{{0, 640}}})[0], std::vector<Cycles>{10});
  EXPECT_EQ(simulate({64, 100, 64, 101}, {{{0, 1}}})[0], std::vector<Cycles>{1});
  EXPECT_EQ(simulate({16, 0, 64, 1}, {{{7, 65}}})[0], std::vector<Cycles>{15});
}

TEST(Dram, OutstandingBurstsLimitALonePort) {
  // Two bursts of one cycle, then a wait until the first arrives, 10 cycles after it left the bus: two every 11 cycles.
  EXPECT_EQ(simulate({64, 10, 64, 2}, {{{0, 6 * 64}}})[0], std::vector<Cycles>{2 * 11 + 2});
  EXPECT_EQ(simulate({64, 10, 64, 11}, {{{0, 6 * 64}}})[0], std::vector<Cycles>{6});
}

TEST(Dram, TwoPortsShareTheBusBurstByBurst) {
  const auto ends = simulate({64, 0, 64, 1}, {{{0, 640}}, {{0, 640}}});
  EXPECT_EQ(ends[0], std::vector<Cycles>{19});
  EXPECT_EQ(ends[1], std::vector<Cycles>{20});
}

TEST(Dram, EqualsArbitratingEveryBurst) {
  test::check_property(120, [] {
    const DramConfig config{.bytes_per_cycle = upto(41, "bytes_per_cycle"),
                            .latency_cycles = either("latency") ? between(0U, 30U, "latency_cycles") : 0U,
                            .burst_bytes = upto(101, "burst_bytes"),
                            .outstanding = upto(7, "outstanding")};
    std::vector<Port> ports(upto(4, "ports"));
    for (Port& port : ports) {
      port.resize(between(0U, 8U, "transfers"));
      for (Transfer& transfer : port)
        transfer = {upto(4, "a gap by 4") == 4 ? between(0U, 60U, "gap") : 0U, upto(1501, "bytes")};
    }
    RC_ASSERT(simulate(config, ports) == by_bursts(config, ports));
  });
}

TEST(Dram, CountsWholeBurstsAndSplitsBusFromWaiting) {
  fresh_context();
  Dram dram("dram", {64, 0, 64, 1});
  Script one("one", [&](Unit& self) {
    dram.transfer(self, 0, Direction::read, 100);
    self.enter(Activity::none);
  });
  Script two("two", [&](Unit& self) {
    dram.transfer(self, 1, Direction::write, 64);
    self.enter(Activity::none);
  });
  run_to_the_end();
  EXPECT_EQ(dram.read_bytes(), 128U);
  EXPECT_EQ(dram.write_bytes(), 64U);
  EXPECT_EQ(one.account()[static_cast<std::size_t>(Activity::busy)], 2U);
  EXPECT_EQ(one.account()[static_cast<std::size_t>(Activity::dram_read)], 1U);
  EXPECT_EQ(two.account()[static_cast<std::size_t>(Activity::busy)], 1U);
  EXPECT_EQ(two.account()[static_cast<std::size_t>(Activity::dram_write)], 1U);
}

}  // namespace
}  // namespace luqsim
