#include "codec/top_k.h"

#include <array>
#include <bit>

namespace deai::codec {

namespace {

// Ordered as the sizes are; NaN counts as largest, so that it is seen.
std::uint32_t size_bits(float value) { return std::bit_cast<std::uint32_t>(value) & 0x7fffffffu; }

struct Threshold {
  std::uint32_t bits;  // of the k-th largest size
  std::size_t equal;   // how many of just this size are kept
};

// By radix: the threshold's bytes from the highest on, each by counting those that agree so far.
Threshold threshold(std::span<const float> values, std::size_t k) {
  Threshold found{0, k};
  for (int shift = 24; shift >= 0; shift -= 8) {
    std::array<std::uint32_t, 256> counts{};
    const std::uint64_t above = std::uint64_t{found.bits} >> shift >> 8;
    for (const float value : values) {
      const std::uint32_t bits = size_bits(value);
      if (std::uint64_t{bits} >> shift >> 8 == above) ++counts[bits >> shift & 255u];
    }
    std::uint32_t byte = 255;
    for (; byte > 0 && counts[byte] < found.equal; --byte) found.equal -= counts[byte];
    found.bits |= byte << shift;
  }
  return found;
}

}  // namespace

std::size_t kept(std::size_t m, std::uint32_t one_in) {
  const std::size_t k = m / one_in;
  return k > 0 ? k : (m > 0 ? 1 : 0);
}

std::size_t TopK::max_bytes(std::size_t count) const {
  std::size_t numbers = 0;
  for_each_tensor(layout_, count, [&](std::size_t, const Matrix& tensor) {
    numbers += kept(tensor.size(), one_in_);
  });
  return 8 * numbers;
}

void TopK::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  std::vector<float> chosen;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const std::span<const float> part = values.subspan(first, tensor.size());
    if (part.empty()) return;
    Threshold least = threshold(part, kept(part.size(), one_in_));
    chosen.clear();
    for (std::size_t i = 0; i < part.size(); ++i) {
      const std::uint32_t bits = size_bits(part[i]);
      if (bits < least.bits || (bits == least.bits && least.equal == 0)) continue;
      if (bits == least.bits) --least.equal;
      out.u32(static_cast<std::uint32_t>(first + i));
      chosen.push_back(part[i]);
    }
    out.f32s(chosen);
  });
}

bool TopK::decode(ByteView bytes, std::span<float> values) const {
  if (!fits(layout_, values.size()) || bytes.size() != max_bytes(values.size())) return false;
  for (float& value : values) value = 0;
  ByteReader reader(bytes);
  bool known = true;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const std::size_t k = kept(tensor.size(), one_in_);
    ByteReader places(reader.bytes(4 * k));
    std::size_t least = first;
    for (std::size_t i = 0; i < k; ++i) {
      const std::size_t place = places.u32();
      const float value = reader.f32();
      known = known && place >= least && place < first + tensor.size();
      if (known) values[place] = value;
      least = place + 1;
    }
  });
  return known;
}

}  // namespace deai::codec
