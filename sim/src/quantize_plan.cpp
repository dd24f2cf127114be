#include "quantize_plan.h"

namespace luqsim {

std::vector<QuantizePass> plan_quantization(const QuantizeRequest& r) {
  using Kind = QuantizePass::Kind;
  const bool on_the_fly = r.luq && r.hindsight;
  std::vector<QuantizePass> passes;
  if (!on_the_fly) passes.push_back({Kind::statistics, false, 0, r.source_bits, 0, 0});
  if (!r.luq) passes.push_back({Kind::moments, true, r.source_bits, 0, 0, 0});
  const std::uint32_t samples = r.luq ? r.samples : 1, at_once = r.smp == Smp::parallel ? samples : 1;
  for (std::uint32_t first = 0; first < samples; first += at_once) {
    QuantizePass pass{Kind::quantize, !on_the_fly || first > 0, 0, std::uint64_t{4} * at_once, first, at_once};
    if (pass.source_from_memory) pass.in_bits += r.source_bits;
    if (on_the_fly && first == 0 && at_once < samples) pass.out_bits += r.source_bits;
    (r.first_of_reuse ? pass.out_bits : pass.in_bits) += std::uint64_t{r.stored_random_bits} * at_once;
    passes.push_back(pass);
  }
  return passes;
}

}  // namespace luqsim
