#include "oracle/philox.h"

namespace oracle {
namespace {

constexpr std::uint64_t two_to_32 = 4294967296;

std::uint64_t high(std::uint64_t product) { return product / two_to_32; }
std::uint64_t low(std::uint64_t product) { return product % two_to_32; }

}  // namespace

Words4 philox4x32_10(Words4 counter, Words2 key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product_0 = counter[0] * 0xD2511F53U, product_2 = counter[2] * 0xCD9E8D57U;
    counter = {high(product_2) ^ counter[1] ^ key[0], low(product_2), high(product_0) ^ counter[3] ^ key[1],
               low(product_0)};
    key = {(key[0] + 0x9E3779B9U) % two_to_32, (key[1] + 0xBB67AE85U) % two_to_32};
  }
  return counter;
}

std::uint32_t random16(const Stream& stream, std::uint64_t element) {
  const std::uint64_t block = element / 8, lane = element % 8;
  const Words4 words = philox4x32_10({low(block), high(block), stream.tensor, stream.step * 256 + stream.sample},
                                     {low(stream.seed), high(stream.seed)});
  const std::uint64_t word = words[lane / 2];
  return static_cast<std::uint32_t>(lane % 2 == 0 ? word % 65536 : word / 65536);
}

}  // namespace oracle
