// The sums of GaussianU8 (gaussian_u8.h) in vectors of 256 bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <immintrin.h>

namespace tilework {

inline constexpr int gaussian_u8_rows = 4;  // as many sums at once as there are registers for

// Sums of columns are below 65536, and lie as much lower to fit the signed numbers that rows are multiplied
// as.
inline constexpr int gaussian_u8_shift = 32768;

#define TILEWORK_AVX2 __attribute__((target("avx2")))

struct GaussianU8Avx2 {
  static constexpr int bytes = 32;

  static bool are_there() { return __builtin_cpu_supports("avx2"); }

  // Sums `rows`, an even number, each by its weight, from `place` into `bytes` values of each of `to`.
  // `pairs` are the weights of two rows, twice; those of the result's row i begin i before it.
  TILEWORK_AVX2 static void sum_columns(const std::vector<const std::uint8_t*>& rows, int place,
                                        const std::int32_t* pairs,
                                        const std::array<std::int16_t*, gaussian_u8_rows>& to) {
    __m256i low[gaussian_u8_rows], high[gaussian_u8_rows];
#pragma GCC unroll 4
    for (int i = 0; i < gaussian_u8_rows; ++i) low[i] = high[i] = _mm256_set1_epi16(-gaussian_u8_shift);
    for (std::size_t row = 0; row + 1 < rows.size(); row += 2, pairs += 2) {
      const __m256i a = load(rows[row] + place), b = load(rows[row + 1] + place);
      const __m256i ab_low = _mm256_unpacklo_epi8(a, b), ab_high = _mm256_unpackhi_epi8(a, b);
#pragma GCC unroll 4
      for (int i = 0; i < gaussian_u8_rows; ++i) {
        const __m256i pair = _mm256_set1_epi32(pairs[-i]);
        low[i] = _mm256_add_epi16(low[i], _mm256_maddubs_epi16(ab_low, pair));
        high[i] = _mm256_add_epi16(high[i], _mm256_maddubs_epi16(ab_high, pair));
      }
    }
#pragma GCC unroll 4
    for (std::size_t i = 0; i < gaussian_u8_rows; ++i) store_in_order(to[i], low[i], high[i]);
  }

  // Lays each of `count` sums beside the one `apart` further; up to the next whole vector.
  TILEWORK_AVX2 static void pair_neighbours(const std::int16_t* sums, std::size_t apart, std::size_t count,
                                            std::int32_t* to) {
    for (std::size_t value = 0; value < count; value += bytes / 2) {
      const __m256i a = load(sums + value), b = load(sums + value + apart);
      store_in_order(to + value, _mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b));
    }
  }

  // `bytes` of the result from pairs of neighbours, each by its weights; the next lie `step` further.
  TILEWORK_AVX2 static void sum_rows(const std::int32_t* from, const std::vector<std::int32_t>& weights,
                                     int step, std::uint8_t* out) {
    __m256i sums[4];
#pragma GCC unroll 4
    for (auto& sum : sums) sum = _mm256_set1_epi32(256 * gaussian_u8_shift + 32768);  // the latter rounds
    for (const std::int32_t both : weights) {
      const __m256i pair = _mm256_set1_epi32(both);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(load(from + 8 * i), pair));
      }
      from += step;
    }
#pragma GCC unroll 4
    for (auto& sum : sums) sum = _mm256_srai_epi32(sum, 16);
    const __m256i packed =
        _mm256_packus_epi16(_mm256_packs_epi32(sums[0], sums[1]), _mm256_packs_epi32(sums[2], sums[3]));
    store(out, _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
  }

 private:
  TILEWORK_AVX2 static __m256i load(const void* from) {
    return _mm256_loadu_si256(static_cast<const __m256i*>(from));
  }
  TILEWORK_AVX2 static void store(void* to, __m256i value) {
    _mm256_storeu_si256(static_cast<__m256i*>(to), value);
  }

  // Each half of a vector is interleaved by itself: this puts the quarters in order.
  TILEWORK_AVX2 static void store_in_order(void* to, __m256i low, __m256i high) {
    store(to, _mm256_permute2x128_si256(low, high, 0x20));
    store(static_cast<std::uint8_t*>(to) + bytes, _mm256_permute2x128_si256(low, high, 0x31));
  }
};

#undef TILEWORK_AVX2
}  // namespace tilework
