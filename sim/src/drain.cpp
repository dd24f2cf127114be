#include "drain.h"

#include "feed.h"

namespace luqsim {

void Drain::run() {
  while (true) {
    const auto job = jobs.receive(*this, Activity::none);
    for (std::uint64_t i = 0; i < job->schedule.out_tiles(); ++i) {
      FoldTile& fold = folds_.receive(*this, Activity::none);
      OutTile& out = out_.claim(*this, Activity::buffer_full);
      const Cycles row_cycles = drain_row_cycles(architecture_, fold.cols.count);
      array_.begin_drain(fold, row_cycles);
      spend(fold.rows.count);
      spend(fold.rows.count * (row_cycles - 1), Activity::bank_conflict);
      out = make_out_tile(job, fold.rows, fold.cols, std::move(fold.sums));
      out_.push();
      folds_.pop();
    }
    enter(Activity::none);
    jobs.pop();
  }
}

}  // namespace luqsim
