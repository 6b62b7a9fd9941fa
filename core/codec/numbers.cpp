#include "codec/numbers.h"

#include <array>
#include <cmath>
#include <cstddef>

namespace deai::codec {

namespace {

// Sixteen sums beside each other: vectors on every machine, and the same order of additions.
template <typename Term>
double lanes(std::size_t count, const Term& term) {
  constexpr std::size_t kLanes = 16;
  constexpr std::size_t kBlock = 4096;  // floats add up so few, doubles the rest
  double sum = 0;
  for (std::size_t begin = 0; begin < count; begin += kBlock) {
    const std::size_t end = begin + kBlock < count ? begin + kBlock : count;
    std::array<float, kLanes> lane{};
    std::size_t i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      for (std::size_t at = 0; at < kLanes; ++at) lane[at] += term(i + at);
    }
    for (std::size_t at = 0; i < end; ++i, ++at) lane[at] += term(i);
    for (const float part : lane) sum += static_cast<double>(part);
  }
  return sum;
}

}  // namespace

float largest(std::span<const float> values) {
  float most = 0;
  for (const float value : values) {
    const float size = std::fabs(value);
    if (!(size <= most) && !std::isnan(most)) most = size;
  }
  return most;
}

double sum_of_sizes(std::span<const float> values) {
  return lanes(values.size(), [&](std::size_t i) { return std::fabs(values[i]); });
}

double sum_of_squares(std::span<const float> values) { return dot(values, values); }

double dot(std::span<const float> a, std::span<const float> b) {
  return lanes(a.size(), [&](std::size_t i) { return a[i] * b[i]; });
}

}  // namespace deai::codec
