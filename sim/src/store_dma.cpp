#include "store_dma.h"

namespace luqsim {

void StoreDma::run() {
  while (true) {
    const auto job = jobs.receive(*this, Activity::none);
    for (std::uint64_t i = 0; i < job->tiles; ++i) {
      const OutTile& tile = scratchpad_.receive(*this, Activity::none);
      dram_.transfer(*this, port_, Direction::write, tile.bytes);
      if (tile.store) tile.store();
      scratchpad_.pop();
    }
    enter(Activity::none);
    jobs.pop();
  }
}

}  // namespace luqsim
