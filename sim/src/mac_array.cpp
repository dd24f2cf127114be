#include "mac_array.h"

#include <algorithm>
#include <stdexcept>

#include "feed.h"
#include "pe_os_array.h"
#include "pe_stationary_array.h"
#include "wave_os_array.h"
#include "wave_stationary_array.h"

namespace luqsim {

void MacArray::set_idle_activity(Activity activity) {
  idle_activity_ = activity;
  if (idle_) enter(activity);
}

void MacArray::begin_drain(FoldTile&, Cycles) {}
void MacArray::begin_preload(const TileOp&, const TileValues*, Cycles) {}

void MacArray::run() {
  while (true) {
    idle_ = true;
    const auto job = jobs.receive(*this, idle_activity_);
    idle_ = false;
    run_gemm(job);
    enter(Activity::none);
    jobs.pop();
  }
}

Cycles earliest_stream(const StationaryShape& previous, Cycles previous_begin, bool same_sums,
                       const StationaryShape& next) {
  const auto excess = [](std::uint64_t a, std::uint64_t b) { return a > b ? a - b : 0; };
  const Cycles behind = previous.stream * previous.step + excess(previous.rows, next.rows);
  const Cycles sums_back = previous.rows + previous.stream * excess(previous.step, next.step);
  return previous_begin + (same_sums ? std::max(behind, sums_back) : behind);
}

OutTile make_out_tile(const std::shared_ptr<const GemmJob>& job, const Range& rows, const Range& cols,
                      std::vector<float> sums) {
  OutTile tile{rows.count * cols.count * sizeof(float), {}};
  if (sums.empty()) return tile;
  tile.store = [job, rows, cols, sums = std::move(sums)]() mutable {
    for (float& sum : sums) sum *= job->scale;  // out = RN(sum * scale)
    job->store(rows, cols, sums);
  };
  return tile;
}

std::unique_ptr<MacArray> make_mac_array(Fidelity fidelity, const UnitContext& context,
                                         const Architecture& architecture, const ArrayPorts& ports) {
  const bool os = keeps_outputs(architecture.array.dataflow);
  switch (fidelity) {
    case Fidelity::wave:
      if (os) return std::make_unique<WaveOsArray>("array", context, architecture, ports);
      return std::make_unique<WaveStationaryArray>("array", context, architecture, ports);
    case Fidelity::pe:
      if (os) return std::make_unique<PeOsArray>("array", context, architecture, ports);
      return std::make_unique<PeStationaryArray>("array", context, architecture, ports);
  }
  throw std::invalid_argument("no such fidelity");
}

}  // namespace luqsim
