// Eight Philox blocks at a time in 64-bit lanes, where the compiler's own vectorization of the wide products is slow.
#pragma once
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

// GCC 12's own header starts masked shifts from an undefined register and then warns of it (GCC bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"

namespace luqsim {

// Writes `groups` groups of eight blocks, first .. first + 8 groups - 1, as their words in order. Needs AVX-512F.
__attribute__((target("avx512f"))) inline void philox_avx512(std::uint64_t first, std::uint32_t c2, std::uint32_t c3,
                                                             std::uint32_t k0, std::uint32_t k1, std::size_t groups,
                                                             std::uint16_t* lanes) {
  const __m512i m0 = _mm512_set1_epi64(0xD2511F53), m1 = _mm512_set1_epi64(0xCD9E8D57);
  const __m512i iota = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i low = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0), high = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
  for (std::size_t g = 0; g < groups; ++g) {
    const __m512i block = _mm512_add_epi64(_mm512_set1_epi64(static_cast<long long>(first + 8 * g)), iota);
    // A product reads the low half of each lane alone, so the high halves may hold anything.
    __m512i x0 = block, x1 = _mm512_srli_epi64(block, 32), x2 = _mm512_set1_epi64(c2), x3 = _mm512_set1_epi64(c3);
    std::uint32_t a = k0, b = k1;
    for (int round = 0; round < 10; ++round) {
      const __m512i p0 = _mm512_mul_epu32(x0, m0), p1 = _mm512_mul_epu32(x2, m1);
      constexpr int xor3 = 0x96;
      x0 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p1, 32), x1, _mm512_set1_epi64(a), xor3);
      x2 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(p0, 32), x3, _mm512_set1_epi64(b), xor3);
      x1 = p1;
      x3 = p0;
      a += 0x9E3779B9;
      b += 0xBB67AE85;
    }
    constexpr __mmask16 odd_words = 0xAAAA;
    const __m512i words_01 = _mm512_mask_blend_epi32(odd_words, x0, _mm512_slli_epi64(x1, 32));
    const __m512i words_23 = _mm512_mask_blend_epi32(odd_words, x2, _mm512_slli_epi64(x3, 32));
    _mm512_storeu_si512(lanes + 64 * g, _mm512_permutex2var_epi64(words_01, low, words_23));
    _mm512_storeu_si512(lanes + 64 * g + 32, _mm512_permutex2var_epi64(words_01, high, words_23));
  }
}

inline bool has_philox_avx512() {
  static const bool has = __builtin_cpu_supports("avx512f") != 0;
  return has;
}

}  // namespace luqsim
#pragma GCC diagnostic pop
#else
namespace luqsim {
inline void philox_avx512(std::uint64_t, std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t, std::size_t,
                          std::uint16_t*) {}
inline bool has_philox_avx512() { return false; }
}  // namespace luqsim
#endif
