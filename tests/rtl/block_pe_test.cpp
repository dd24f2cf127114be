// The block-scaled processing elements against block_gemm: the scaling of a block's sum alone, and whole dot products.
#include <bit>
#include <cmath>

#include "luqsim/numerics/block_gemm.h"

#include "../numerics/sampling.h"
#include "Vblock_scale_mx.h"
#include "Vblock_scale_nv.h"
#include "Vpe_block_0.h"
#include "Vpe_block_1.h"
#include "lockstep.h"

namespace luqsim {
namespace {

using sc_core::sc_signal;

// One row of blocks.
struct Row {
  std::vector<std::uint8_t> codes, scales;

  BlockTensor tensor(BlockFormat format, std::size_t cols) const {
    BlockTensor t;
    t.format = format;
    t.codes = {Format::fp4_e2m1, 1, cols, std::vector<std::uint8_t>(packed_row_bytes(cols))};
    for (std::size_t i = 0; i < cols; ++i)
      t.codes.bytes[i / 2] = static_cast<std::uint8_t>(t.codes.bytes[i / 2] | codes[i] << (4 * (i % 2)));
    t.scales.assign(scales.begin(), scales.begin() + static_cast<std::ptrdiff_t>(blocks_per_row(format, cols)));
    return t;
  }
};

// The dot product of the first `cols` elements.
std::uint32_t product(BlockFormat format, const Row& a, const Row& b, std::size_t cols) {
  float out = 0;
  block_gemm(a.tensor(format, cols).view(), b.tensor(format, cols).view(), std::span(&out, 1));
  return std::bit_cast<std::uint32_t>(out);
}

// Codes of one block whose products sum to `quarters`: units of 36 (6 * 6), then smaller ones.
void fill(std::int32_t quarters, Row& a, Row& b) {
  a.codes.clear();
  b.codes.clear();
  const std::uint8_t sign = quarters < 0 ? 8 : 0;
  std::int32_t rest = std::abs(quarters);
  for (std::uint8_t i = 7; i > 0; --i)
    for (std::uint8_t j = i; j > 0; --j) {
      const auto unit = static_cast<std::int32_t>(4 * decode(Format::fp4_e2m1, i) * decode(Format::fp4_e2m1, j));
      for (; rest >= unit; rest -= unit) {
        a.codes.push_back(i | sign);
        b.codes.push_back(j);
      }
    }
  if (a.codes.empty()) {
    a.codes.push_back(0);
    b.codes.push_back(0);
  }
}

// Every pair of scale codes below `codes`, for sums at the ends and some between.
template <class Block>
void scaling(const std::string& name, BlockFormat format, std::uint32_t codes, std::int32_t largest, int bits) {
  fresh_context();
  sc_signal<std::uint32_t> dot, scale_a, scale_b, value;
  Block block("block");
  block.dot(dot);
  block.scale_a(scale_a);
  block.scale_b(scale_b);
  block.value(value);
  test::Comparison comparison(name);
  sampling::Source source(51);
  test::Driver driver("driver", [&] {
    std::vector<std::int32_t> sums{0, 1, -1, 2, 3, -5, 4096, -largest, largest};
    for (std::int32_t& sum : sums) sum = std::min(sum, largest);
    for (std::uint32_t i = 0; i < codes; ++i)
      for (std::uint32_t j = 0; j < codes; ++j) {
        // All of the list for some codes, one of it otherwise, and any other.
        std::vector<std::int32_t> some{sums[source.below(sums.size())],
                                       static_cast<std::int32_t>(source.between(-largest, largest))};
        if (i % 16 == 0) some.insert(some.end(), sums.begin(), sums.end());
        for (const std::int32_t sum : some) {
          Row a, b;
          fill(sum, a, b);
          if (a.codes.size() > block_length(format)) continue;
          a.scales = {static_cast<std::uint8_t>(i)};
          b.scales = {static_cast<std::uint8_t>(j)};
          dot.write(static_cast<std::uint32_t>(sum) & ((1U << bits) - 1));
          scale_a.write(i);
          scale_b.write(j);
          test::settle();
          // block_gemm adds to +0, which loses the sign of a term that underflows.
          const std::uint32_t added = value.read() == 0x80000000U ? 0 : value.read();
          comparison.check(product(format, a, b, a.codes.size()), added,
                           [&] { return fmt::format("dot={} scale_a={:#04x} scale_b={:#04x}", sum, i, j); });
        }
      }
  });
  run_to_the_end();
  EXPECT_GT(comparison.vectors(), 2ULL * codes * codes);
}

TEST(BlockScale, Mxfp4) { scaling<Vblock_scale_mx>("block_scale_mx", BlockFormat::mxfp4, 256, 32 * 144, 14); }
TEST(BlockScale, Nvfp4) { scaling<Vblock_scale_nv>("block_scale_nv", BlockFormat::nvfp4, 128, 16 * 144, 13); }

template <class Block>
class Bench {
 public:
  Bench(const std::string& name, BlockFormat format) : comparison(name), format_(format) {
    block_.clk(clk_);
    block_.clear(clear_);
    block_.enable(enable_);
    block_.last(last_);
    block_.a(a_);
    block_.b(b_);
    block_.scale_a(scale_a_);
    block_.scale_b(scale_b_);
    block_.sum(sum_);
  }

  // A whole dot product, with idle clocks between; the sum is compared after every block. The tensors' scales are 1.
  void run(const Row& a, const Row& b, sampling::Source& source) {
    const std::size_t cols = a.codes.size(), length = block_length(format_);
    clock(true, source.one_in(2));
    for (std::size_t i = 0; i < cols; ++i) {
      while (source.one_in(8)) {
        last_.write(source.one_in(2));
        clock(false, false);
      }
      const bool last = (i + 1) % length == 0 || i + 1 == cols;
      a_.write(a.codes[i]);
      b_.write(b.codes[i]);
      last_.write(last);
      // With another than the last element the scales are not read.
      scale_a_.write(last ? a.scales[i / length] : static_cast<std::uint32_t>(source.below(256)));
      scale_b_.write(last ? b.scales[i / length] : static_cast<std::uint32_t>(source.below(256)));
      clock(false, true);
      if (last)
        comparison.check(product(format_, a, b, i + 1), sum_.read(), [&] {
          return fmt::format("block {} of {}, scale_a={:#04x} scale_b={:#04x}", i / length, a.scales.size(),
                             a.scales[i / length], b.scales[i / length]);
        });
    }
  }

  test::Comparison comparison;

 private:
  void clock(bool clears, bool enables) {
    clk_.write(false);
    clear_.write(clears);
    enable_.write(enables);
    test::settle();
    clk_.write(true);
    test::settle();
  }

  BlockFormat format_;
  sc_signal<bool> clk_, clear_, enable_, last_;
  sc_signal<std::uint32_t> a_, b_, scale_a_, scale_b_, sum_;
  Block block_{"block"};
};

std::vector<std::uint8_t> random_codes(std::size_t count, sampling::Source& source) {
  std::vector<std::uint8_t> codes(count);
  for (std::uint8_t& code : codes) code = static_cast<std::uint8_t>(source.below(16));
  return codes;
}

// `spread`: scales within so many codes of `center`.
Row random_row(BlockFormat format, std::size_t cols, int center, int spread, sampling::Source& source) {
  Row row{random_codes(cols, source), {}};
  const int end = format == BlockFormat::mxfp4 ? 255 : 127;
  for (std::size_t i = 0; i < blocks_per_row(format, cols); ++i)
    row.scales.push_back(
        static_cast<std::uint8_t>(std::clamp(center + static_cast<int>(source.between(-spread, spread)), 0, end)));
  return row;
}

template <class Block>
void blocks(const std::string& name, BlockFormat format) {
  fresh_context();
  Bench<Block> bench(name, format);
  sampling::Source source(52);
  const int end = format == BlockFormat::mxfp4 ? 255 : 127;
  test::Driver driver("driver", [&] {
    for (int i = 0; i <= end; ++i)
      for (int j = 0; j <= end; ++j) {
        const std::size_t cols = 1 + source.below(3);
        bench.run({random_codes(cols, source), {static_cast<std::uint8_t>(i)}},
                  {random_codes(cols, source), {static_cast<std::uint8_t>(j)}}, source);
      }
    for (int i = 0; i < 6000; ++i) {
      const std::size_t cols = 1 + source.below(400);
      // Sums in the middle of binary32, or anywhere, overflow, subnormals and NaN among them.
      const int center = static_cast<int>(source.below(static_cast<std::uint64_t>(end) + 1));
      const int other = source.one_in(3) ? static_cast<int>(source.below(static_cast<std::uint64_t>(end) + 1))
                                         : std::clamp(2 * (end / 2) - center, 0, end);
      const int spread = static_cast<int>(source.below(8));
      bench.run(random_row(format, cols, center, spread, source), random_row(format, cols, other, spread, source),
                source);
    }
  });
  run_to_the_end();
  EXPECT_GT(bench.comparison.vectors(), 30'000U);
}

TEST(PeBlock, Mxfp4) { blocks<Vpe_block_0>("pe_block_0", BlockFormat::mxfp4); }
TEST(PeBlock, Nvfp4) { blocks<Vpe_block_1>("pe_block_1", BlockFormat::nvfp4); }

}  // namespace
}  // namespace luqsim
