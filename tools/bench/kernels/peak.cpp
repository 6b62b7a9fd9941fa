#include "peak.h"

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__FMA__)
#include <immintrin.h>
#endif

namespace deai::bench {

namespace {

#if defined(__wasm_simd128__)
using Vector = v128_t;
Vector splat(float value) { return wasm_f32x4_splat(value); }
#ifdef __wasm_relaxed_simd__
Vector multiply_add(Vector a, Vector b, Vector c) { return wasm_f32x4_relaxed_madd(a, b, c); }
#else
Vector multiply_add(Vector a, Vector b, Vector c) {
  return wasm_f32x4_add(wasm_f32x4_mul(a, b), c);
}
#endif
float first(Vector vector) { return wasm_f32x4_extract_lane(vector, 0); }
#elif defined(__FMA__)
using Vector = __m128;
Vector splat(float value) { return _mm_set1_ps(value); }
Vector multiply_add(Vector a, Vector b, Vector c) { return _mm_fmadd_ps(a, b, c); }
float first(Vector vector) { return _mm_cvtss_f32(vector); }
#else
using Vector [[gnu::vector_size(16)]] = float;
Vector splat(float value) { return Vector{value, value, value, value}; }
Vector multiply_add(Vector a, Vector b, Vector c) { return a * b + c; }
float first(Vector vector) { return vector[0]; }
#endif

// Enough independent sums to hide the latency of one (4 cycles, 2 units), few enough for registers.
constexpr int kSums = 12;
constexpr int kLanes = 4;
constexpr int kOperations = 2;

}  // namespace

double spin(long rounds, float& sum) {
  // As in a kernel, only the sum stands in the chain. It grows slowly, far from the largest float.
  const Vector left = splat(sum + 0.5F);
  const Vector right = splat(sum + 0.001F);
  Vector sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = splat(static_cast<float>(i));
  for (long round = 0; round < rounds; ++round) {
#pragma clang loop unroll(full)
    for (int i = 0; i < kSums; ++i) sums[i] = multiply_add(left, right, sums[i]);
  }
  for (int i = 0; i < kSums; ++i) sum += first(sums[i]);
  return static_cast<double>(rounds) * kSums * kLanes * kOperations;
}

}  // namespace deai::bench
