#include "slots.h"

#include <gtest/gtest.h>

#include "bench.h"

namespace luqsim {
namespace {

using test::Script;

TEST(Slots, PushedSlotIsValidAfterItsDelayAndNotBefore) {
  fresh_context();
  Slots<int> slots(1);
  Cycles received = 0;
  Script producer("producer", [&](Unit& self) {
    self.spend(3);
    slots.claim(self, Activity::buffer_full) = 42;
    slots.push(5);
  });
  Script consumer("consumer", [&](Unit& self) {
    EXPECT_EQ(slots.receive(self, Activity::dram_read), 42);
    received = current_cycle();
    self.enter(Activity::none);
  });
  run_to_the_end();
  EXPECT_EQ(received, 8U);
  EXPECT_EQ(consumer.account()[static_cast<std::size_t>(Activity::dram_read)], 8U);
}

TEST(Slots, FullUntilTheCycleOfThePop) {
  fresh_context();
  Slots<int> slots(2);
  std::vector<Cycles> claimed;
  Script producer("producer", [&](Unit& self) {
    for (int i = 0; i < 4; ++i) {
      slots.claim(self, Activity::buffer_full) = i;
      claimed.push_back(current_cycle());
      slots.push();
    }
    self.enter(Activity::none);
  });
  Script consumer("consumer", [&](Unit& self) {
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(slots.receive(self, Activity::dram_read), i);
      self.spend(10);
      slots.pop();
    }
  });
  run_to_the_end();
  EXPECT_EQ(claimed, (std::vector<Cycles>{0, 0, 10, 20}));
  EXPECT_EQ(producer.account()[static_cast<std::size_t>(Activity::buffer_full)], 20U);
}

}  // namespace
}  // namespace luqsim
