// The sums of GaussianU8 (gaussian_u8.h) in vectors of 512 bits, as in gaussian_u8_avx2.h.
#pragma once

#include "gaussian_u8_avx2.h"

namespace tilework {

#define TILEWORK_AVX512 __attribute__((target("avx512bw,avx512vnni")))

struct GaussianU8Avx512 {
  static constexpr int bytes = 64;

  static bool are_there() {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni");
  }

  TILEWORK_AVX512 static void sum_columns(const std::vector<const std::uint8_t*>& rows, int place,
                                          const std::int32_t* pairs,
                                          const std::array<std::int16_t*, gaussian_u8_rows>& to) {
    __m512i low[gaussian_u8_rows], high[gaussian_u8_rows];
#pragma GCC unroll 4
    for (int i = 0; i < gaussian_u8_rows; ++i) low[i] = high[i] = _mm512_set1_epi16(-gaussian_u8_shift);
    for (std::size_t row = 0; row + 1 < rows.size(); row += 2, pairs += 2) {
      const __m512i a = load(rows[row] + place), b = load(rows[row + 1] + place);
      const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
#pragma GCC unroll 4
      for (int i = 0; i < gaussian_u8_rows; ++i) {
        const __m512i pair = _mm512_set1_epi32(pairs[-i]);
        low[i] = _mm512_add_epi16(low[i], _mm512_maddubs_epi16(ab_low, pair));
        high[i] = _mm512_add_epi16(high[i], _mm512_maddubs_epi16(ab_high, pair));
      }
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < gaussian_u8_rows; ++i) store_in_order(to[i], low[i], high[i]);
  }

  TILEWORK_AVX512 static void pair_neighbours(const std::int16_t* sums, std::size_t apart, std::size_t count,
                                              std::int32_t* to) {
    for (std::size_t value = 0; value < count; value += bytes / 2) {
      const __m512i a = load(sums + value), b = load(sums + value + apart);
      store_in_order(to + value, _mm512_unpacklo_epi16(a, b), _mm512_unpackhi_epi16(a, b));
    }
  }

  TILEWORK_AVX512 static void sum_rows(const std::int32_t* from, const std::vector<std::int32_t>& weights,
                                       int step, std::uint8_t* out) {
    __m512i sums[4];
#pragma GCC unroll 4
    for (auto& sum : sums) sum = _mm512_set1_epi32(256 * gaussian_u8_shift + 32768);  // the latter rounds
    for (const std::int32_t both : weights) {
      const __m512i pair = _mm512_set1_epi32(both);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) sums[i] = _mm512_dpwssd_epi32(sums[i], load(from + 16 * i), pair);
      from += step;
    }
#pragma GCC unroll 4
    for (auto& sum : sums) sum = _mm512_maskz_srai_epi32(all, sum, 16);
    const __m512i packed =
        _mm512_packus_epi16(_mm512_packs_epi32(sums[0], sums[1]), _mm512_packs_epi32(sums[2], sums[3]));
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_storeu_si512(out, _mm512_maskz_permutexvar_epi32(all, order, packed));
  }

 private:
  // GCC 12 warns of what is undefined in its instructions without a mask.
  static constexpr __mmask16 all = 0xffff;

  TILEWORK_AVX512 static __m512i load(const void* from) {
    return _mm512_loadu_si512(from);
  }

  // Each quarter of a vector is interleaved by itself: this puts the eighths in order.
  TILEWORK_AVX512 static void store_in_order(void* to, __m512i low, __m512i high) {
    const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    _mm512_storeu_si512(to, _mm512_permutex2var_epi64(low, first, high));
    _mm512_storeu_si512(static_cast<std::uint8_t*>(to) + bytes, _mm512_permutex2var_epi64(low, second, high));
  }
};

#undef TILEWORK_AVX512
}  // namespace tilework
