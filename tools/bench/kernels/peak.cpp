#include "peak.h"

namespace deai::bench {

namespace {

using Vector = float __attribute__((vector_size(16)));

Vector multiply_add(Vector a, Vector b, Vector c) {
#if defined(__wasm_relaxed_simd__)
  return __builtin_wasm_relaxed_madd_f32x4(a, b, c);
#elif defined(__FMA__)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

Vector splat(float value) { return Vector{value, value, value, value}; }

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
  for (int i = 0; i < kSums; ++i) sum += sums[i][0];
  return static_cast<double>(rounds) * kSums * kLanes * kOperations;
}

}  // namespace deai::bench
