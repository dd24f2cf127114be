#include "drain.h"

#include <algorithm>

namespace luqsim {
namespace {

// out = RN(sum * scale) into the m x n output, when the tile is stored.
void store_fold(const GemmJob& job, const Range& rows, const Range& cols, const std::vector<float>& sums) {
  const std::uint64_t n = job.schedule.shape().n;
  for (std::uint64_t i = 0; i < rows.count; ++i) {
    float* row = &(*job.out)[(rows.first + i) * n + cols.first];
    for (std::uint64_t j = 0; j < cols.count; ++j) row[j] = sums[i * cols.count + j] * job.scale;
  }
}

}  // namespace

void Drain::run() {
  while (true) {
    const auto job = jobs.receive(*this, Activity::none);
    for (std::uint64_t i = 0; i < job->out_tiles; ++i) {
      FoldTile& fold = folds_.receive(*this, Activity::none);
      OutTile& out = out_.claim(*this, Activity::buffer_full);
      spend(fold.rows.count);
      out.bytes = fold.rows.count * fold.cols.count * sizeof(float);
      out.store = {};
      if (!fold.sums.empty())
        out.store = [job, rows = fold.rows, cols = fold.cols, sums = std::move(fold.sums)] {
          store_fold(*job, rows, cols, sums);
        };
      out_.push();
      folds_.pop();
    }
    enter(Activity::none);
    jobs.pop();
  }
}

}  // namespace luqsim
