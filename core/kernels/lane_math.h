#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "kernels/lanes.h"

// Only for core/kernels: transcendental functions of a vector, without branches or tables. In float
// within 4 units in the last place (of 1, for erf); a NaN stays one. An element's result does not
// depend on its lane: loops compute their last few elements with a whole vector, too. In double
// they are the standard library's.
namespace deai::kernels {

using LaneBits = std::int32_t __attribute__((vector_size(16)));

namespace detail {

template <typename Function>
Lanes each(Lanes x, Function function) {
  for (Index lane = 0; lane < kLanes; ++lane) x[lane] = function(x[lane]);
  return x;
}

}  // namespace detail

// Comparisons that leave a NaN as it is.
inline Lanes at_most(Lanes x, real bound) { return x > bound ? Lanes{} + bound : x; }
inline Lanes at_least(Lanes x, real bound) { return x < bound ? Lanes{} + bound : x; }
inline Lanes absolute(Lanes x) { return x < 0 ? -x : x; }

// Always in this order.
inline real sum(Lanes x) {
  if constexpr (kLanes == 4) return (x[0] + x[1]) + (x[2] + x[3]);
  return x[0] + x[1];
}

// eˣ = 2ⁿ·eʳ, n = round(x / ln 2), |r| ≤ ln 2 / 2. The polynomial for eʳ and ln 2 in two parts
// are those of Cephes (Moshier, "Methods and programs for mathematical functions", 1989). 2ⁿ is
// multiplied in two steps, so that large, infinite and denormal results are right.
inline Lanes exp(Lanes x) {
  if constexpr (sizeof(real) == sizeof(double)) {
    return detail::each(x, [](real value) { return std::exp(value); });
  }
  x = at_least(at_most(x, real(89)), real(-104));
  // Adding 1.5·2²³ rounds to a whole number, which then stands in the lowest bits.
  constexpr real kRound = 12582912;
  const Lanes rounded = x * real(1.44269504) + kRound;
  const Lanes n = rounded - kRound;
  const Lanes r = x - n * real(0.693359375) - n * real(-2.12194440e-4);
  Lanes p = r * real(1.9875691500e-4) + real(1.3981999507e-3);
  p = p * r + real(8.3334519073e-3);
  p = p * r + real(4.1665795894e-2);
  p = p * r + real(1.6666665459e-1);
  p = p * r + real(5.0000001201e-1);
  p = p * (r * r) + r + real(1);
  const LaneBits power = std::bit_cast<LaneBits>(rounded) - 0x4b400000;
  const LaneBits half = power >> 1;
  p *= std::bit_cast<Lanes>((half + 127) << 23);
  return p * std::bit_cast<Lanes>((power - half + 127) << 23);
}

// 1 / (1 + e⁻ˣ), from e^−|x|, which never overflows.
inline Lanes sigmoid(Lanes x) {
  const Lanes t = exp(-absolute(x));
  return (x < 0 ? t : Lanes{} + real(1)) / (t + real(1));
}

// The rational function of XNNPACK's f32-vtanh (9th over 8th degree), ±1 beyond 7.85.
inline Lanes tanh(Lanes x) {
  if constexpr (sizeof(real) == sizeof(double)) {
    return detail::each(x, [](real value) { return std::tanh(value); });
  }
  constexpr real kMost = real(7.8522667885);
  x = at_least(at_most(x, kMost), -kMost);
  const Lanes s = x * x;
  Lanes p = s * real(1.4248920266e-8) + real(2.1235626264e-5);
  p = p * s + real(3.5330520477e-3);
  p = p * s + real(1.3412411511e-1);
  p = p * s + real(1);
  Lanes q = s * real(8.1365948290e-7) + real(3.3472978976e-4);
  q = q * s + real(2.6018999517e-2);
  q = q * s + real(4.6745735407e-1);
  q = q * s + real(1);
  return x * p / q;
}

// erf(x / √2) = 2·Φ(x) − 1, Φ the normal distribution: the rational function of XNNPACK's
// f32-vgelu (12th over 10th degree), ±1 beyond 5.12.
inline Lanes normal_erf(Lanes x) {
  if constexpr (sizeof(real) == sizeof(double)) {
    return detail::each(x, [](real value) { return std::erf(value * real(0.70710678118654752)); });
  }
  constexpr real kMost = real(5.1158981323);
  x = at_least(at_most(x, kMost), -kMost);
  const Lanes s = x * x;
  Lanes p = s * real(4.5835321316e-8) + real(1.2609783880e-5);
  p = p * s + real(3.2973114867e-4);
  p = p * s + real(9.3065137044e-3);
  p = p * s + real(6.6972173750e-2);
  p = p * s + real(7.9788452387e-1);
  Lanes q = s * real(1.1988805682e-6) + real(7.2267655923e-5);
  q = q * s + real(1.8622842617e-3);
  q = q * s + real(2.8431978077e-2);
  q = q * s + real(2.5060352683e-1);
  q = q * s + real(1);
  return x * p / q;
}

// Of count ≥ 1 numbers. A NaN among them may be lost here; it comes back with eˣ.
inline real largest_of(const real* x, Index count) {
  Lanes best = Lanes{} + x[0];
  Index i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Lanes values = load(x + i);
    best = values > best ? values : best;
  }
  real largest = best[0];
  for (Index lane = 1; lane < kLanes; ++lane) largest = std::max(largest, best[lane]);
  for (; i < count; ++i) largest = std::max(largest, x[i]);
  return largest;
}

}  // namespace deai::kernels
