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

}  // namespace deai::kernels
