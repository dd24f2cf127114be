#include "load_dma.h"

namespace luqsim {

void LoadDma::run() {
  while (true) {
    const auto job = jobs.receive(*this, Activity::none);
    for (Load load; job->next(load);) {
      OperandTile& tile = scratchpad_.claim(*this, Activity::buffer_full);
      dram_.transfer(*this, port_, Direction::read, load.bytes);
      if (load.fill) load.fill(tile);
      // The next tile's bursts may be served while this one's last are still on their way.
      scratchpad_.push(dram_.latency());
    }
    jobs.pop();
  }
}

}  // namespace luqsim
