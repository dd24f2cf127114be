#include "tile_loader.h"

#include "luqsim/traces/operand.h"

namespace luqsim {
namespace {

// What a tile holds of the operand matrix: the block of rows (A) or columns (B), and its k.
struct TileShape {
  Range outer, k;
  std::size_t first_sample, samples;
};

void fill_tile(const Operand& operand, const std::vector<CodeView>& codes, Side side, const TileShape& shape,
               OperandTile& tile) {
  // The stationary registers may still hold the values of the tile before.
  if (tile.operand == nullptr || tile.operand.use_count() > 1) tile.operand = std::make_shared<TileValues>();
  TileValues& values = *tile.operand;
  const std::size_t sample_values = shape.outer.count * shape.k.count;
  values.stride = side == Side::a ? shape.k.count : shape.outer.count;
  values.sample_values = shape.samples > 1 ? sample_values : 0;
  values.values.resize(shape.samples * sample_values);
  for (std::size_t s = 0; s < shape.samples; ++s) {
    const auto out = std::span(values.values).subspan(s * sample_values, sample_values);
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
  const bool is_a = side == Side::a, resident = (is_a ? schedule.a() : schedule.b()).resident;
  const std::uint64_t resident_samples = is_a ? shape.a_samples : shape.b_samples;
  auto job = std::make_shared<LoadJob>();
  job->next = [=, &operand, walk = Schedule::Walk(schedule), samples = std::move(samples)](Load& load) mutable {
    for (TileOp op; walk.next(op);) {
      if (!(is_a ? op.load_a : op.load_b)) continue;
      TileShape tile{is_a ? op.a_tile : op.b_tile, is_a ? op.a_tile_k : op.b_tile_k, op.sample, 1};
      if (resident) {
        tile.first_sample = 0;
        tile.samples = resident_samples;
      }
      load.bytes = (is_a ? op.a_size : op.b_size).bytes(tile.outer.count * tile.k.count * tile.samples);
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
