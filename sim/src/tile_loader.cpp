#include "tile_loader.h"

#include "luqsim/traces/operand.h"

namespace luqsim {
namespace {

// What the current tile holds of the operand matrix: the block of rows (A) or columns (B), and its k.
struct TileShape {
  Range outer, k;
  std::size_t first_sample, samples;
};

void fill_tile(const Operand& operand, const std::vector<CodeView>& codes, Side side, const TileShape& shape,
               OperandTile& tile) {
  const std::size_t values = shape.outer.count * shape.k.count;
  tile.stride = side == Side::a ? shape.k.count : shape.outer.count;
  tile.sample_values = shape.samples > 1 ? values : 0;
  tile.values.resize(shape.samples * values);
  for (std::size_t s = 0; s < shape.samples; ++s) {
    const auto out = std::span(tile.values).subspan(s * values, values);
    const CodeView& sample = codes[(shape.first_sample + s) % codes.size()];
    if (side == Side::a) {
      read_block(operand, sample, shape.outer.first, shape.outer.count, shape.k.first, shape.k.count, out);
    } else {
      read_block(operand, sample, shape.k.first, shape.k.count, shape.outer.first, shape.outer.count, out);
    }
  }
}

}  // namespace

std::shared_ptr<const LoadJob> make_tile_loads(const Schedule& schedule, Side side, const Operand& operand,
                                               std::vector<CodeView> samples) {
  const GemmShape& shape = schedule.shape();
  const bool resident = side == Side::a ? schedule.a().resident : schedule.b().resident;
  const std::uint64_t resident_samples = side == Side::a ? shape.a_samples : shape.b_samples;
  auto job = std::make_shared<LoadJob>();
  job->next = [=, &operand, walk = Schedule::Walk(schedule), samples = std::move(samples)](Load& load) mutable {
    for (TileOp op; walk.next(op);) {
      if (!(side == Side::a ? op.load_a : op.load_b)) continue;
      TileShape tile{side == Side::a ? op.a_tile : op.b_tile, op.k, op.sample, 1};
      if (resident) tile = {tile.outer, {0, shape.k}, 0, resident_samples};
      load.bytes = code_bytes(tile.outer.count * tile.k.count * tile.samples);
      load.fill = {};
      if (!samples.empty())
        load.fill = [&operand, &samples, side, tile](OperandTile& out) {
          fill_tile(operand, samples, side, tile, out);
        };
      return true;
    }
    return false;
  };
  return job;
}

}  // namespace luqsim
