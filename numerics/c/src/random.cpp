#include <algorithm>

#include "luqsim/numerics/elementary.h"
#include "luqsim/numerics/philox.h"

#include "arguments.h"
#include "failure.h"

using namespace luqsim::c;

extern "C" {

luqsim_status luqsim_philox4x32_10(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  return guarded("luqsim_philox4x32_10", [&] {
    require_pointer(counter, "counter");
    require_pointer(key, "key");
    require_pointer(out, "out");
    std::ranges::copy(luqsim::philox4x32_10({counter[0], counter[1], counter[2], counter[3]}, {key[0], key[1]}), out);
  });
}

luqsim_status luqsim_random_lanes(uint64_t seed, uint32_t tensor, uint32_t step, uint32_t sample, uint64_t first,
                                  uint16_t* out, size_t count) {
  return guarded("luqsim_random_lanes", [&] {
    if (step >= 1U << 24) invalid("step", std::to_string(step), "below 2^24");
    if (sample >= 1U << 8) invalid("sample", std::to_string(sample), "below 2^8");
    if (first % 8 != 0) invalid("first", std::to_string(first), "a multiple of 8");
    const luqsim::RandomStream stream{.seed = seed, .tensor = tensor, .step = step, .sample = sample};
    luqsim::fill_random_lanes(stream, first, array(out, count, "out"));
  });
}

float luqsim_exp_nonpositive(float x) { return luqsim::exp_nonpositive(x); }
float luqsim_log_positive(float x) { return luqsim::log_positive(x); }

}  // extern "C"
