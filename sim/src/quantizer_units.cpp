#include "quantizer_units.h"

#include <algorithm>

namespace luqsim {

void QuantizerUnits::run() {
  while (true) {
    const auto job = jobs.receive(*this, Activity::none);
    for (std::uint64_t first = 0; first < job->elements; first += job->run_elements) {
      const std::uint64_t count = std::min(job->run_elements, job->elements - first);
      const OperandTile* tile = job->from_memory ? &source_.receive(*this, Activity::dram_read) : nullptr;
      OutTile* out = job->out.bits_of_32 > 0 ? &out_.claim(*this, Activity::buffer_full) : nullptr;
      spend((count + elements_per_cycle_ - 1) / elements_per_cycle_);
      if (job->process) job->process(first, count, tile);
      if (tile != nullptr) source_.pop();
      if (out != nullptr) {
        *out = {job->out.bytes(count), {}};
        out_.push();
      }
    }
    enter(Activity::none);
    jobs.pop();
  }
}

}  // namespace luqsim
