#include "codec/integers.h"

#include <algorithm>
#include <cmath>

#include "codec/bits.h"
#include "codec/numbers.h"

namespace deai::codec {

void Integers::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  const int most = static_cast<int>(most_);
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

}  // namespace deai::codec
