#include "datapath.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace luqsim {
namespace {

class ExactDatapath : public Datapath {
 public:
  void begin(std::size_t rows, std::size_t cols) override {
    sums_.resize(rows * cols);
    fresh_ = true;
  }
  void accumulate(const Int8Matrix& a, const Int8Matrix& b) override {
    gemm_s8s8s32(a, b, sums_, fresh_ ? Accumulate::overwrite : Accumulate::add);
    fresh_ = false;
  }
  void finish(std::span<float> sums) override {
    std::ranges::transform(sums_, sums.begin(), [](std::int32_t sum) { return static_cast<float>(sum); });
  }

 private:
  std::vector<std::int32_t> sums_;
  bool fresh_ = true;
};

// The code whose value is v: the inverse of decode_row.
std::uint8_t code_of(Format format, int v) {
  if (format != Format::fp4_e3m0) return static_cast<std::uint8_t>(v & 0xF);
  return static_cast<std::uint8_t>(encode(Format::fp4_e3m0, v));
}

class OrderedDatapath : public Datapath {
 public:
  OrderedDatapath(const ArrayConfig& array, const ProductTable& products, Format a, Format b)
      : lanes_(array.lanes), config_(array.accumulator), products_(256 * 256) {
    for (int i = -8; i <= 64; ++i)
      for (int j = -64; j <= 64; ++j) products_[index(i, j)] = products(code_of(a, i), code_of(b, j));
    for (int i = -64; i < -8; ++i)
      for (int j = -8; j <= 15; ++j) products_[index(i, j)] = products(code_of(a, i), code_of(b, j));
  }

  void begin(std::size_t rows, std::size_t cols) override { states_.assign(rows * cols, {}); }

  void accumulate(const Int8Matrix& a, const Int8Matrix& b) override {
    std::vector<std::int32_t> terms((a.cols + lanes_ - 1) / lanes_);
    for (std::size_t i = 0; i < a.rows; ++i)
      for (std::size_t j = 0; j < b.cols; ++j) {
        std::ranges::fill(terms, 0);
        for (std::size_t k = 0; k < a.cols; ++k)
          terms[k / lanes_] += products_[index(a.data[i * a.stride + k], b.data[k * b.stride + j])];
        luqsim::accumulate(config_, terms, states_[i * b.cols + j]);
      }
  }

  void finish(std::span<float> sums) override {
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sums[i] = accumulated(config_, states_[i]);
      overflows_ += states_[i].overflows;
    }
  }
  std::uint64_t overflows() const override { return overflows_; }

 private:
  static std::size_t index(int a, int b) {
    return static_cast<std::size_t>(static_cast<std::uint8_t>(a)) * 256 + static_cast<std::uint8_t>(b);
  }

  std::size_t lanes_;
  AccumulatorConfig config_;
  std::vector<std::int32_t> products_;  // by the two values
  std::vector<AccumulatorState> states_;
  std::uint64_t overflows_ = 0;
};

// Largest magnitude of an operand value, -8 of int4 included.
std::uint32_t largest(Format format) {
  return format == Format::int4 ? 8 : static_cast<std::uint32_t>(format_info(format).max);
}

}  // namespace

std::unique_ptr<Datapath> make_datapath(const ArrayConfig& array, Format a, Format b, std::uint64_t total_k) {
  const bool backward = a == Format::fp4_e3m0 || b == Format::fp4_e3m0;
  const ProductTable products = make_product_table(backward ? array.bprop_product : array.fprop_product, a, b);
  const std::uint32_t largest_product = largest(a) * largest(b);
  if (products.exact && total_k <= exact_terms(array.accumulator, largest_product))
    return std::make_unique<ExactDatapath>();
  return std::make_unique<OrderedDatapath>(array, products, a, b);
}

}  // namespace luqsim
