#include "schedule.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace luqsim {
namespace {

// k of a passing tile whose panel fits a buffer slot: all of them, else a multiple of `unit` >= 1; at least one unit.
std::uint64_t fitting_k(std::uint64_t slot_elements, std::uint64_t panel, std::uint64_t unit, std::uint64_t all_k) {
  const std::uint64_t fits = slot_elements / panel;
  return fits >= all_k ? all_k : std::max(unit, fits - fits % unit);
}

// Panels of a resident operand, with all k of all its samples, that fit a buffer slot; 0: not even one.
std::uint64_t fitting_panels(std::uint64_t slot_bytes, const OperandSize& size, std::uint64_t panel,
                             std::uint64_t all_k) {
  return slot_bytes / std::max<std::uint64_t>(1, size.bytes(panel * all_k));
}

// How much may stream in one fold: as much as the sums' slot and the operand's slot hold, and as much as lets the
// operand stay with all its k.
std::vector<std::uint64_t> stream_tiles(const Architecture& architecture, const GemmShape& shape) {
  if (keeps_outputs(architecture.array.dataflow)) return {1};  // of no meaning there
  const bool ws = architecture.array.dataflow == Dataflow::ws;
  const std::uint64_t extent = ws ? shape.m : shape.n;
  const BufferConfig& buffer = ws ? architecture.a : architecture.b;
  const std::uint64_t slot_elements = (ws ? shape.a_size : shape.b_size).elements_in(buffer.slot_bytes());
  const std::uint64_t fold_k =
      std::min<std::uint64_t>(shape.k, std::uint64_t{architecture.array.rows} * architecture.array.lanes);
  const std::uint64_t sums = architecture.out.slot_bytes() / (std::uint64_t{architecture.array.cols} * sizeof(float));
  const std::uint64_t largest = std::max<std::uint64_t>(1, std::min({extent, sums, slot_elements / fold_k}));
  if (architecture.schedule.stream_tile > 0) return {std::min(largest, architecture.schedule.stream_tile)};
  const std::uint64_t staying = std::min(largest, slot_elements / shape.k);
  return staying == 0 || staying == largest ? std::vector{largest} : std::vector{largest, staying};
}

bool allows(Resident wanted, bool a_resident, bool b_resident) {
  switch (wanted) {
    case Resident::automatic:
      return true;
    case Resident::a:
      return a_resident;
    case Resident::b:
      return b_resident;
    case Resident::none:
      return !a_resident && !b_resident;
  }
  return false;
}

}  // namespace

// A resident operand that does not fit leaves a choice out, unless it was asked for: then it passes after all.
Schedule::Schedule(const Architecture& architecture, const GemmShape& shape) : shape_(shape) {
  std::optional<Choice> best;
  std::uint64_t best_bytes = 0;
  const auto tiles = stream_tiles(architecture, shape);
  for (const bool any : {false, true}) {  // true: what was asked for does not fit
    for (const std::uint64_t tile : tiles)
      for (const auto& [a_resident, b_resident] :
           {std::pair(true, false), std::pair(false, true), std::pair(false, false)}) {
        const Choice choice{tile, a_resident, b_resident};
        if (!any && !allows(architecture.schedule.resident, a_resident, b_resident)) continue;
        if (!fits(architecture, choice)) continue;
        plan(architecture, choice);
        if (best && load_bytes() >= best_bytes) continue;
        best = choice;
        best_bytes = load_bytes();
      }
    if (best) break;
  }
  plan(architecture, *best);
}

void Schedule::plan(const Architecture& architecture, const Choice& choice) {
  const ArrayConfig& array = architecture.array;
  const bool os = keeps_outputs(array.dataflow);
  const std::uint64_t slot_a = architecture.a.slot_bytes(), slot_b = architecture.b.slot_bytes();
  const std::uint64_t unit = os ? array.lanes : std::uint64_t{array.rows} * array.lanes;
  a_ = {choice.a_resident,
        os                               ? array.rows
        : array.dataflow == Dataflow::ws ? choice.stream_tile
                                         : array.cols,
        shape_.m, 1};
  b_ = {choice.b_resident, array.dataflow == Dataflow::is ? choice.stream_tile : array.cols, shape_.n, 1};

  const std::uint64_t chunk_a =
      choice.a_resident ? shape_.k : fitting_k(shape_.a_size.elements_in(slot_a), a_.panel, unit, shape_.k);
  const std::uint64_t chunk_b =
      choice.b_resident ? shape_.k : fitting_k(shape_.b_size.elements_in(slot_b), b_.panel, unit, shape_.k);
  chunk_ = std::min({shape_.k, chunk_a, chunk_b});
  if (architecture.schedule.k_tile > 0)
    chunk_ = std::min(chunk_, (architecture.schedule.k_tile + unit - 1) / unit * unit);
  fold_k_ = os ? chunk_ : std::min(chunk_, unit);
  // A block of several panels pays only while the passing tile stays for all of them; one that does not fit is refused.
  const auto block = [](std::uint64_t slot, const OperandSize& size, const OperandPlan& p, std::uint64_t all_k) {
    return std::clamp<std::uint64_t>(fitting_panels(slot, size, p.panel, all_k), 1, p.panels());
  };
  if (!passing_stays()) return;
  if (a_.resident) a_.block = block(slot_a, shape_.a_size, a_, shape_.k * shape_.a_samples);
  if (b_.resident) b_.block = block(slot_b, shape_.b_size, b_, shape_.k * shape_.b_samples);
}

bool Schedule::fits(const Architecture& architecture, const Choice& choice) {
  plan(architecture, choice);
  const auto resident_fits = [this](const OperandPlan& p, const BufferConfig& buffer, const OperandSize& size,
                                    std::uint64_t samples) {
    return !p.resident || fitting_panels(buffer.slot_bytes(), size, p.panel, shape_.k * samples) > 0;
  };
  return resident_fits(a_, architecture.a, shape_.a_size, shape_.a_samples) &&
         resident_fits(b_, architecture.b, shape_.b_size, shape_.b_samples);
}

std::uint64_t Schedule::load_bytes() const {
  const std::uint64_t a_once = shape_.a_size.bytes(shape_.m * shape_.k * shape_.a_samples);
  const std::uint64_t b_once = shape_.b_size.bytes(shape_.n * shape_.k * shape_.b_samples);
  const auto times = [](const OperandPlan& other) { return (other.panels() + other.block - 1) / other.block; };
  // An operand that is not resident is read for every block of the other; one sample is read again for each of the
  // other's unless it stays.
  const auto passed = [this](const OperandPlan& p, std::uint64_t samples) {
    return samples > 1 || (&p == &passing() && passing_stays()) ? 1 : shape_.samples();
  };
  const std::uint64_t a_reads = a_.resident ? 1 : times(b_) * passed(a_, shape_.a_samples);
  const std::uint64_t b_reads = b_.resident ? 1 : times(a_) * passed(b_, shape_.b_samples);
  return a_once * a_reads + b_once * b_reads;
}

bool Schedule::Walk::next(TileOp& op) {
  if (done_) return false;
  const Schedule& s = *schedule_;
  const OperandPlan &outer = s.outer(), &passing = s.passing();
  const std::uint64_t samples = s.shape_.samples(), chunks = s.chunks();
  const std::uint64_t first_panel = block_ * outer.block;
  const std::uint64_t panels_here = std::min(outer.block, outer.panels() - first_panel);
  const Range chunk_k{chunk_ * s.chunk_, std::min(s.chunk_, s.shape_.k - chunk_ * s.chunk_)};
  const std::uint64_t folds = (chunk_k.count + s.fold_k_ - 1) / s.fold_k_;

  const auto range = [](const OperandPlan& plan, std::uint64_t panel, std::uint64_t count) {
    const std::uint64_t first = panel * plan.panel;
    return Range{first, std::min(count * plan.panel, plan.extent - first)};
  };
  const Range outer_fold = range(outer, first_panel + inner_, 1), passing_fold = range(passing, passing_, 1);
  const Range outer_tile = outer.resident ? range(outer, first_panel, panels_here) : outer_fold;
  const Range outer_k = outer.resident ? Range{0, s.shape_.k} : chunk_k;
  const bool outer_is_a = &outer == &s.a_;

  op.rows = outer_is_a ? outer_fold : passing_fold;
  op.cols = outer_is_a ? passing_fold : outer_fold;
  op.a_tile = outer_is_a ? outer_tile : passing_fold;
  op.b_tile = outer_is_a ? passing_fold : outer_tile;
  op.a_tile_k = outer_is_a ? outer_k : chunk_k;
  op.b_tile_k = outer_is_a ? chunk_k : outer_k;
  op.sample = sample_;
  op.a_size = s.shape_.a_size;
  op.b_size = s.shape_.b_size;
  op.k.first = chunk_k.first + fold_ * s.fold_k_;
  op.k.count = std::min(s.fold_k_, chunk_k.first + chunk_k.count - op.k.first);
  const bool chunk_begins = fold_ == 0, chunk_ends = fold_ + 1 == folds;
  op.first = sample_ == 0 && chunk_ == 0 && chunk_begins;
  op.last = sample_ + 1 == samples && chunk_ + 1 == chunks && chunk_ends;

  const bool stays = s.passing_stays();
  const bool passing_load = chunk_begins && (!stays || (inner_ == 0 && sample_ == 0));
  const bool passing_release = chunk_ends && (!stays || (inner_ + 1 == panels_here && sample_ + 1 == samples));
  const bool outer_load = outer.resident ? passing_ == 0 && inner_ == 0 && op.first : chunk_begins;
  const bool outer_release =
      outer.resident ? passing_ + 1 == passing.panels() && inner_ + 1 == panels_here && op.last : chunk_ends;
  op.load_a = outer_is_a ? outer_load : passing_load;
  op.load_b = outer_is_a ? passing_load : outer_load;
  op.release_a = outer_is_a ? outer_release : passing_release;
  op.release_b = outer_is_a ? passing_release : outer_release;

  if (++fold_ < folds) return true;
  fold_ = 0;
  if (++chunk_ < chunks) return true;
  chunk_ = 0;
  if (++sample_ < samples) return true;
  sample_ = 0;
  if (++inner_ < panels_here) return true;
  inner_ = 0;
  if (++passing_ < passing.panels()) return true;
  passing_ = 0;
  done_ = ++block_ * outer.block >= outer.panels();
  return true;
}

}  // namespace luqsim
