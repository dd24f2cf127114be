// With --gtest_shuffle, every repetition runs streams, blocks and threads in another order.
#include <cuda_runtime.h>
#include <gtest/gtest.h>

namespace {

class Schedule : public testing::Environment {
 public:
  void SetUp() override {
    luqsim::emulator::set_schedule_seed(static_cast<std::uint64_t>(testing::UnitTest::GetInstance()->random_seed()));
  }
};

const testing::Environment* const registered = testing::AddGlobalTestEnvironment(new Schedule);

}  // namespace
