#pragma once

#include <cstring>

#include "base/real.h"

// Only for core/kernels: a vector of neighbouring numbers that any machine of ours has (128 bits).
namespace deai::kernels {

using Lanes = real __attribute__((vector_size(16)));
inline constexpr Index kLanes = 16 / sizeof(real);

inline Lanes load(const real* from) {
  Lanes out;
  std::memcpy(&out, from, sizeof(out));
  return out;
}
inline void store(real* to, Lanes values) { std::memcpy(to, &values, sizeof(values)); }

// The first `count` of the lanes; the others are 0, or left as they are.
inline Lanes load(const real* from, Index count) {
  Lanes out{};
  std::memcpy(&out, from, static_cast<std::size_t>(count) * sizeof(real));
  return out;
}
inline void store(real* to, Lanes values, Index count) {
  std::memcpy(to, &values, static_cast<std::size_t>(count) * sizeof(real));
}

// All lanes, or where fewer are left the first ones: for loops whose last vector is partial (what is
// read behind the end is never used).
inline void store_some(real* to, Lanes values, Index left) {
  if (left >= kLanes) return store(to, values);
  store(to, values, left);
}

}  // namespace deai::kernels
