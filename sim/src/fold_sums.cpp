#include "fold_sums.h"

#include <algorithm>

#include "luqsim/numerics/gemm.h"

namespace luqsim {
namespace {

// One integer GEMM for a whole pair of tiles where they hold all k, however many folds it takes; else one a step.
class ExactSums : public FoldSums {
 public:
  explicit ExactSums(const GemmShape& shape) : shape_(shape) {}

  void add(const TileOp& op, const TileValues& a, const TileValues& b) override {
    whole_tiles_ = shape_.samples() == 1 && op.a_tile_k.count == shape_.k && op.b_tile_k.count == shape_.k;
    if (whole_tiles_) {
      if (!op.load_a && !op.load_b) return;
      sums_.resize(op.a_tile.count * op.b_tile.count);
      gemm_s8s8s32({a.values.data(), op.a_tile.count, shape_.k, a.stride},
                   {b.values.data(), shape_.k, op.b_tile.count, b.stride}, sums_, Accumulate::overwrite);
    } else {
      sums_.resize(op.rows.count * op.cols.count);
      gemm_s8s8s32({a_values(op, a), op.rows.count, op.k.count, a.stride},
                   {b_values(op, b), op.k.count, op.cols.count, b.stride}, sums_,
                   op.first ? Accumulate::overwrite : Accumulate::add);
    }
  }

  std::vector<float> take(const TileOp& op) override {
    std::vector<float> out(op.rows.count * op.cols.count);
    const std::size_t stride = whole_tiles_ ? op.b_tile.count : op.cols.count;
    const std::size_t first =
        whole_tiles_ ? (op.rows.first - op.a_tile.first) * stride + op.cols.first - op.b_tile.first : 0;
    for (std::size_t i = 0; i < op.rows.count; ++i)
      std::transform(&sums_[first + i * stride], &sums_[first + i * stride] + op.cols.count, &out[i * op.cols.count],
                     [](std::int32_t sum) { return static_cast<float>(sum); });
    return out;
  }

 private:
  GemmShape shape_;
  std::vector<std::int32_t> sums_;
  bool whole_tiles_ = false;
};

class OrderedSums : public FoldSums {
 public:
  OrderedSums(const ArrayConfig& array, ValueProducts products)
      : lanes_(array.lanes), config_(array.accumulator), products_(std::move(products)) {}

  void add(const TileOp& op, const TileValues& a, const TileValues& b) override {
    if (op.first) states_.assign(op.rows.count * op.cols.count, {});
    const std::int8_t *a_first = a_values(op, a), *b_first = b_values(op, b);
    terms_.resize(op.steps(lanes_));
    for (std::size_t i = 0; i < op.rows.count; ++i)
      for (std::size_t j = 0; j < op.cols.count; ++j) {
        std::ranges::fill(terms_, 0);
        for (std::size_t k = 0; k < op.k.count; ++k)
          terms_[k / lanes_] += products_(a_first[i * a.stride + k], b_first[k * b.stride + j]);
        accumulate(config_, terms_, states_[i * op.cols.count + j]);
      }
  }

  std::vector<float> take(const TileOp&) override {
    std::vector<float> out(states_.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = accumulated(config_, states_[i]);
      overflows_ += states_[i].overflows;
    }
    return out;
  }
  std::uint64_t overflows() const override { return overflows_; }

 private:
  std::size_t lanes_;
  AccumulatorConfig config_;
  ValueProducts products_;
  std::vector<std::int32_t> terms_;
  std::vector<AccumulatorState> states_;
  std::uint64_t overflows_ = 0;
};

// Largest magnitude of an operand value, -8 of int4 included.
std::uint32_t largest(Format format) {
  return format == Format::int4 ? 8 : static_cast<std::uint32_t>(format_info(format).max);
}

}  // namespace

Product product_of(const ArrayConfig& array, Format a, Format b) {
  const bool backward = a == Format::fp4_e3m0 || b == Format::fp4_e3m0;
  return backward ? array.bprop_product : array.fprop_product;
}

ValueProducts::ValueProducts(const ArrayConfig& array, Format a, Format b) {
  const ProductTable products = make_product_table(product_of(array, a, b), a, b);
  const auto value_index = [](Format format, std::uint8_t code) {
    return index(static_cast<std::int8_t>(decode(format, code)));
  };
  for (std::uint8_t i = 0; i < 16; ++i)
    for (std::uint8_t j = 0; j < 16; ++j) (*products_)[value_index(a, i)][value_index(b, j)] = products(i, j);
}

const std::int8_t* a_values(const TileOp& op, const TileValues& a) {
  return &a.values[op.sample * a.sample_values + (op.rows.first - op.a_tile.first) * a.stride +
                   (op.k.first - op.a_tile_k.first)];
}

const std::int8_t* b_values(const TileOp& op, const TileValues& b) {
  return &b.values[op.sample * b.sample_values + (op.k.first - op.b_tile_k.first) * b.stride +
                   (op.cols.first - op.b_tile.first)];
}

bool is_exact(const ArrayConfig& array, Format a, Format b, std::uint64_t terms) {
  return make_product_table(product_of(array, a, b), a, b).exact &&
         terms <= exact_terms(array.accumulator, largest(a) * largest(b));
}

std::unique_ptr<FoldSums> make_fold_sums(const ArrayConfig& array, const GemmJob& job) {
  if (!job.numeric) return nullptr;
  if (is_exact(array, job.a_format, job.b_format, job.k_total()))
    return std::make_unique<ExactSums>(job.schedule.shape());
  return std::make_unique<OrderedSums>(array, ValueProducts(array, job.a_format, job.b_format));
}

}  // namespace luqsim
