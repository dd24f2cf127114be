#include "schedule.h"

#include <algorithm>

namespace luqsim {
namespace {

// The largest multiple of the lanes whose panel fits a buffer slot; at least one step of the array.
std::uint64_t fitting_k(std::uint64_t slot_bytes, std::uint64_t panel, std::uint64_t lanes) {
  const std::uint64_t fits = slot_bytes * 2 / panel;
  return std::max(lanes, fits / lanes * lanes);
}

// Panels of a resident operand, with all k of all its samples, that fit a buffer slot; 0: not even one.
std::uint64_t fitting_panels(std::uint64_t slot_bytes, std::uint64_t panel, std::uint64_t all_k) {
  return slot_bytes / code_bytes(panel * all_k);
}

}  // namespace

Schedule::Schedule(const Architecture& architecture, const GemmShape& shape) : shape_(shape) {
  const ArrayConfig& array = architecture.array;
  const std::uint64_t slot_a = architecture.a.slot_bytes(), slot_b = architecture.b.slot_bytes();
  const std::uint64_t fit_a = fitting_panels(slot_a, array.rows, shape.k * shape.a_samples);
  const std::uint64_t fit_b = fitting_panels(slot_b, array.cols, shape.k * shape.b_samples);

  const auto plan = [&](bool a_resident, bool b_resident) {
    a_ = {a_resident, array.rows, shape.m, 1};
    b_ = {b_resident, array.cols, shape.n, 1};
    const std::uint64_t chunk_a = a_resident ? shape.k : fitting_k(slot_a, array.rows, array.lanes);
    const std::uint64_t chunk_b = b_resident ? shape.k : fitting_k(slot_b, array.cols, array.lanes);
    chunk_ = std::min({shape.k, chunk_a, chunk_b});
    // A block of several panels pays only while the streaming tile stays for all of them, that is, with all its k.
    const bool stream_stays = chunk_ == shape.k && shape.samples() == 1;
    if (a_resident) a_.block = stream_stays ? std::min(fit_a, a_.panels()) : 1;
    if (b_resident) b_.block = stream_stays ? std::min(fit_b, b_.panels()) : 1;
    return load_bytes();
  };

  std::uint64_t best = plan(false, false);
  bool best_a = false, best_b = false;
  for (const bool a_resident : {true, false}) {
    if ((a_resident ? fit_a : fit_b) == 0) continue;
    const std::uint64_t bytes = plan(a_resident, !a_resident);
    if (bytes < best || (bytes == best && !best_a && !best_b)) {
      best = bytes;
      best_a = a_resident;
      best_b = !a_resident;
    }
  }
  plan(best_a, best_b);
}

std::uint64_t Schedule::load_bytes() const {
  const std::uint64_t a_once = code_bytes(shape_.m * shape_.k * shape_.a_samples);
  const std::uint64_t b_once = code_bytes(shape_.n * shape_.k * shape_.b_samples);
  const auto times = [](const OperandPlan& other) { return (other.panels() + other.block - 1) / other.block; };
  // A streaming operand is read for every block of the other; a shared sample is read again for each sample.
  const auto streamed = [this](std::uint64_t samples) { return samples == 1 ? shape_.samples() : 1; };
  const std::uint64_t a_reads = a_.resident ? 1 : times(b_) * streamed(shape_.a_samples);
  const std::uint64_t b_reads = b_.resident ? 1 : times(a_) * streamed(shape_.b_samples);
  return a_once * a_reads + b_once * b_reads;
}

bool Schedule::Walk::next(TileOp& op) {
  if (done_) return false;
  const Schedule& s = *schedule_;
  const OperandPlan &outer = s.outer(), &stream = s.stream();
  const std::uint64_t samples = s.shape_.samples(), chunks = s.chunks();
  const std::uint64_t first_panel = block_ * outer.block;
  const std::uint64_t panels_here = std::min(outer.block, outer.panels() - first_panel);

  const auto range = [](const OperandPlan& plan, std::uint64_t panel, std::uint64_t count) {
    const std::uint64_t first = panel * plan.panel;
    return Range{first, std::min(count * plan.panel, plan.extent - first)};
  };
  const Range outer_fold = range(outer, first_panel + inner_, 1), stream_fold = range(stream, stream_, 1);
  const Range outer_tile = outer.resident ? range(outer, first_panel, panels_here) : outer_fold;
  const bool outer_is_a = &outer == &s.a_;

  op.rows = outer_is_a ? outer_fold : stream_fold;
  op.cols = outer_is_a ? stream_fold : outer_fold;
  op.a_tile = outer_is_a ? outer_tile : stream_fold;
  op.b_tile = outer_is_a ? stream_fold : outer_tile;
  op.sample = sample_;
  op.k = {chunk_ * s.chunk_, std::min(s.chunk_, s.shape_.k - chunk_ * s.chunk_)};
  op.first = sample_ == 0 && chunk_ == 0;
  op.last = sample_ + 1 == samples && chunk_ + 1 == chunks;

  const bool stream_stays = chunks == 1 && samples == 1;
  const bool stream_load = !stream_stays || inner_ == 0, stream_release = !stream_stays || inner_ + 1 == panels_here;
  const bool outer_load = !outer.resident || (stream_ == 0 && inner_ == 0 && op.first);
  const bool outer_release =
      !outer.resident || (stream_ + 1 == stream.panels() && inner_ + 1 == panels_here && op.last);
  op.load_a = outer_is_a ? outer_load : stream_load;
  op.load_b = outer_is_a ? stream_load : outer_load;
  op.release_a = outer_is_a ? outer_release : stream_release;
  op.release_b = outer_is_a ? stream_release : outer_release;

  if (++chunk_ < chunks) return true;
  chunk_ = 0;
  if (++sample_ < samples) return true;
  sample_ = 0;
  if (++inner_ < panels_here) return true;
  inner_ = 0;
  if (++stream_ < stream.panels()) return true;
  stream_ = 0;
  done_ = ++block_ * outer.block >= outer.panels();
  return true;
}

}  // namespace luqsim
