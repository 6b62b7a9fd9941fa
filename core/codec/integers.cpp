#include "codec/integers.h"

#include <algorithm>
#include <cmath>

#include "codec/bits.h"
#include "codec/numbers.h"

namespace deai::codec {

std::size_t Integers::max_bytes(std::size_t count) const {
  return 4 * tensor_count(layout_) + bytes_of_bits(count, bits_);
}

void Integers::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  const int most = (1 << (bits_ - 1)) - 1;
  std::vector<float> steps;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    steps.push_back(largest(values.subspan(first, tensor.size())) / static_cast<float>(most));
    out.f32(steps.back());
  });
  BitWriter bits(out);
  auto step = steps.begin();
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    // Nothing but zeros, or not finite (which the step then says): the integers do not matter.
    const bool usable = *step > 0 && std::isfinite(*step);
    for (const float value : values.subspan(first, tensor.size())) {
      int k = 0;
      if (usable) {
        const float scaled = value / *step + static_cast<float>(random_.uniform());
        k = std::clamp(static_cast<int>(std::floor(scaled)), -most, most);
      }
      bits.put(static_cast<std::uint32_t>(k + most), bits_);
    }
    ++step;
  });
  bits.finish();
}

bool Integers::decode(ByteView bytes, std::span<float> values) const {
  if (!fits(layout_, values.size()) || bytes.size() != max_bytes(values.size())) return false;
  const std::uint32_t most = (1u << (bits_ - 1)) - 1;
  ByteReader steps(bytes);
  BitReader bits(bytes.subspan(4 * tensor_count(layout_)));
  bool known = true;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const float step = steps.f32();
    for (float& value : values.subspan(first, tensor.size())) {
      const std::uint32_t raised = bits.get(bits_);
      known = known && raised <= 2 * most;
      value = step * static_cast<float>(static_cast<int>(raised) - static_cast<int>(most));
    }
  });
  return known;
}

}  // namespace deai::codec
