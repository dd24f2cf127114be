#include "luqsim/numerics/philox.h"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "philox_avx512.h"
#include "philox_paths.h"
#include "vectorize.h"

namespace luqsim {
namespace {

constexpr std::uint32_t multiplier_0 = 0xD2511F53, multiplier_1 = 0xCD9E8D57;
constexpr std::uint32_t weyl_0 = 0x9E3779B9, weyl_1 = 0xBB67AE85;

struct Words {
  std::uint32_t x0, x1, x2, x3;
};

inline Words ten_rounds(Words c, std::uint32_t k0, std::uint32_t k1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{multiplier_0} * c.x0, p1 = std::uint64_t{multiplier_1} * c.x2;
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c.x1 ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c.x3 ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += weyl_0;
    k1 += weyl_1;
  }
  return c;
}

struct StreamWords {
  std::uint32_t k0, k1, c2, c3;
};

StreamWords words_of(const RandomStream& s) {
  if (s.step >= (1U << 24))
    throw std::out_of_range("random stream: step " + std::to_string(s.step) + " is not below 2^24");
  if (s.sample >= (1U << 8))
    throw std::out_of_range("random stream: sample " + std::to_string(s.sample) + " is not below 2^8");
  return {static_cast<std::uint32_t>(s.seed), static_cast<std::uint32_t>(s.seed >> 32), s.tensor,
          s.step * 256 + s.sample};
}

constexpr std::size_t batch_blocks = 64;

// The lanes of blocks first .. first + 63. Word w of all blocks lies together first, so that the loops vectorize.
LUQSIM_VECTORIZE void batch_portable(StreamWords s, std::uint64_t first, std::uint16_t* __restrict lanes) {
  std::uint32_t words[4][batch_blocks];
  for (std::size_t i = 0; i < batch_blocks; ++i) {
    const std::uint64_t block = first + i;
    const Words w = ten_rounds({static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), s.c2, s.c3},
                               s.k0, s.k1);
    words[0][i] = w.x0;
    words[1][i] = w.x1;
    words[2][i] = w.x2;
    words[3][i] = w.x3;
  }
  for (std::size_t i = 0; i < batch_blocks; ++i)
    for (std::size_t w = 0; w < 4; ++w) {
      lanes[8 * i + 2 * w] = static_cast<std::uint16_t>(words[w][i]);
      lanes[8 * i + 2 * w + 1] = static_cast<std::uint16_t>(words[w][i] >> 16);
    }
}

void batch_avx512(StreamWords s, std::uint64_t first, std::uint16_t* lanes) {
  philox_avx512(first, s.c2, s.c3, s.k0, s.k1, batch_blocks / 8, lanes);
}

}  // namespace

std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  const Words w = ten_rounds({counter[0], counter[1], counter[2], counter[3]}, key[0], key[1]);
  return {w.x0, w.x1, w.x2, w.x3};
}

std::array<std::uint16_t, 8> random_block(const RandomStream& stream, std::uint64_t block) {
  const StreamWords s = words_of(stream);
  const auto words = philox4x32_10(
      {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), s.c2, s.c3}, {s.k0, s.k1});
  std::array<std::uint16_t, 8> lanes{};
  for (std::size_t j = 0; j < 8; ++j) lanes[j] = static_cast<std::uint16_t>(words[j / 2] >> (16 * (j % 2)));
  return lanes;
}

std::uint16_t random_lane(const RandomStream& stream, std::uint64_t element) {
  return random_block(stream, element / 8)[element % 8];
}

bool has_path(PhiloxPath path) { return path == PhiloxPath::portable || has_philox_avx512(); }

void fill_random_lanes(PhiloxPath path, const RandomStream& stream, std::uint64_t first, std::span<std::uint16_t> out) {
  if (first % 8 != 0)
    throw std::invalid_argument("random lanes: first element " + std::to_string(first) + "; wanted a multiple of 8");
  const StreamWords s = words_of(stream);
  const auto batch = path == PhiloxPath::avx512 ? batch_avx512 : batch_portable;
  std::uint16_t lanes[8 * batch_blocks];
  std::uint64_t block = first / 8;
  for (std::size_t done = 0; done < out.size(); block += batch_blocks) {
    const std::size_t count = std::min(std::size(lanes), out.size() - done);
    batch(s, block, count == std::size(lanes) ? &out[done] : lanes);
    if (count < std::size(lanes)) std::copy_n(lanes, count, &out[done]);
    done += count;
  }
}

void fill_random_lanes(const RandomStream& stream, std::uint64_t first, std::span<std::uint16_t> out) {
  fill_random_lanes(has_path(PhiloxPath::avx512) ? PhiloxPath::avx512 : PhiloxPath::portable, stream, first, out);
}

}  // namespace luqsim
