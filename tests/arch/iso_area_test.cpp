#include "luqsim/arch/iso_area.h"

#include <gtest/gtest.h>

#include "luqsim/arch/area.h"

namespace luqsim {
namespace {

Architecture bundled(const std::string& name, std::vector<std::string> overrides = {}) {
  return load_architecture(LUQSIM_CONFIGS "/arch/" + name + ".yaml", overrides);
}

TEST(IsoArea, IsTheLargestArrayThatFits) {
  const double gates = total_gates(bundled("standard-fp32"));
  for (const char* name : {"default", "mf-bprop-fp16", "fp32", "bf16", "nvfp4"}) {
    const Architecture fitted = fitted_to_area(bundled(name), gates);
    EXPECT_LE(total_gates(fitted), gates) << name;
    Architecture larger = fitted;
    ++larger.array.rows;
    ++larger.array.cols;
    larger.out.bytes = std::max<std::uint64_t>(larger.out.bytes, 8ULL * larger.array.rows * larger.array.cols);
    EXPECT_GT(total_gates(larger), gates) << name;
  }
}

TEST(IsoArea, KeepsProportionsAndFeedsTheArray) {
  const Architecture base = bundled("default", {"array.rows=8", "array.cols=32"});
  const Architecture fitted = fitted_to_area(base, 2 * total_gates(base));
  EXPECT_EQ(fitted.array.cols, 4 * fitted.array.rows);
  EXPECT_GT(fitted.array.rows, 8U);
  EXPECT_EQ(fitted.b.access_cycles((fitted.array.cols + 1) / 2), 1U);
  EXPECT_EQ(fitted.out.access_cycles(4 * fitted.array.cols), 1U);
  EXPECT_EQ(fitted.settings.at("array.rows"), std::to_string(fitted.array.rows));
}

// A stationary array grows with what it holds.
TEST(IsoArea, BuffersGrowWithTheArray) {
  for (const char* dataflow : {"ws", "is"}) {
    const Architecture base =
        bundled("default", {std::string("array.dataflow=") + dataflow, "buffers.a.bytes=2048", "buffers.b.bytes=2048"});
    const Architecture fitted = fitted_to_area(base, total_gates(bundled("fp32")));
    EXPECT_GT(fitted.array.rows, base.array.rows);
    EXPECT_GT((dataflow[0] == 'w' ? fitted.b : fitted.a).bytes, 2048U);
    EXPECT_LE(total_gates(fitted), total_gates(bundled("fp32")));
  }
}

TEST(IsoArea, ADesignThatDoesNotFitIsRefused) {
  EXPECT_THROW(fitted_to_area(bundled("default"), 1e5), ArchitectureError);
}

}  // namespace
}  // namespace luqsim
