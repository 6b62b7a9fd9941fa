#include "codec/levels.h"

#include "codec/bits.h"

namespace deai::codec {

std::size_t Levels::max_bytes(std::size_t count) const {
  return 4 * tensor_count(layout_) + bytes_of_bits(count, bits_);
}

bool Levels::decode(ByteView bytes, std::span<float> values) const {
  if (!fits(layout_, values.size()) || bytes.size() != max_bytes(values.size())) return false;
  ByteReader steps(bytes);
  BitReader bits(bytes.subspan(4 * tensor_count(layout_)));
  bool known = true;
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const float step = steps.f32();
    for (float& value : values.subspan(first, tensor.size())) {
      const std::uint32_t raised = bits.get(bits_);
      known = known && raised <= 2 * most_;
      value = step * static_cast<float>(static_cast<int>(raised) - static_cast<int>(most_));
    }
  });
  return known;
}

}  // namespace deai::codec
