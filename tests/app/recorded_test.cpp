// What luqtrain records, run by designs that quantize as it did and by some that do not.
#include "luqsim_folder.h"

namespace luqsim {
namespace {

using test::ProgramResult;

class Recorded : public test::LuqsimFolder {
 protected:
  // A step of a small network, as r.safetensors.
  void record(const std::string& scheme) const {
    const ProgramResult result = shell(
        "OMP_NUM_THREADS=1 " LUQTRAIN_PROGRAM
        " --recipe digits-mlp --hidden 16 --hidden-layers 2 --epochs 1 --quiet --record r.safetensors --record-steps 0 "
        "--scheme " +
        scheme);
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
};

TEST_F(Recorded, EverySchemeIsBitExactByDefault) {
  for (const char* scheme : {"luq", "luq+smp2", "hindsight", "pow2", "rdnp", "rdnp+su", "sr", "int4_sr"}) {
    record(scheme);
    const ProgramResult result = luqsim("run default r.safetensors");
    EXPECT_EQ(result.exit_code, 0) << scheme << "\n" << result.err << result.out;
  }
}

TEST_F(Recorded, AnotherQuantizerShowsInTheAgreement) {
  record("luq+smp2");
  for (const char* option : {"alpha=pow2", "rng=lfsr16", "rng_bits=4"}) {
    const ProgramResult result = luqsim("run default r.safetensors --set quantizer." + std::string(option));
    EXPECT_EQ(result.exit_code, 1) << option << "\n" << result.err;
    EXPECT_NE(result.out.find("codes, sample 1: "), std::string::npos) << result.out;
  }
}

TEST_F(Recorded, AQuantizerThatDoesNotGoWithTheRoundingIsBadInput) {
  record("int4_sr");
  const ProgramResult result = luqsim("run default r.safetensors --set quantizer.alpha=pow2");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("luq alpha: pow2 with rounding int4_sr; wanted max"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace luqsim
