#include "context.h"

#include <gtest/gtest.h>

#include "bench.h"

namespace luqsim {
namespace {

using test::Script;

// The process that waits comes before or after the one that ends the simulation in its last cycle.
TEST(Context, ProcessesFreeWhatTheyHoldWhenTheSimulationEnds) {
  fresh_context();
  std::weak_ptr<int> held;
  Cycles last = 0;
  Script waiting("waiting", [&](Unit& self) {
    const auto holder = std::make_shared<int>(1);
    held = holder;
    while (true) {
      self.spend(1);
      last = current_cycle();
    }
  });
  Script ending("ending", [&](Unit& self) {
    self.spend(100);
    EXPECT_FALSE(held.expired());
    end_simulation();
  });
  run_to_the_end();
  EXPECT_TRUE(held.expired());
  EXPECT_GE(last, 99U);
  EXPECT_LE(last, 100U);
}

}  // namespace
}  // namespace luqsim
