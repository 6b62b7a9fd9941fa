#include "codec/sign.h"

#include "codec/bits.h"
#include "codec/numbers.h"

namespace deai::codec {

std::size_t Sign::max_bytes(std::size_t count) const {
  return 4 * tensor_count(layout_) + bytes_of_bits(count, 1);
}

void Sign::encode(std::span<const float> values, ByteWriter& out) {
  check_fits(layout_, values.size());
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const double sum = sum_of_sizes(values.subspan(first, tensor.size()));
    const std::size_t count = tensor.size() > 0 ? tensor.size() : 1;
    out.f32(static_cast<float>(sum / static_cast<double>(count)));
  });
  BitWriter bits(out);
  for (const float value : values) bits.put(value < 0 ? 1 : 0, 1);
  bits.finish();
}

bool Sign::decode(ByteView bytes, std::span<float> values) const {
  if (!fits(layout_, values.size()) || bytes.size() != max_bytes(values.size())) return false;
  ByteReader sizes(bytes);
  BitReader bits(bytes.subspan(4 * tensor_count(layout_)));
  for_each_tensor(layout_, values.size(), [&](std::size_t first, const Matrix& tensor) {
    const float size = sizes.f32();
    for (float& value : values.subspan(first, tensor.size())) value = bits.get(1) ? -size : size;
  });
  return true;
}

}  // namespace deai::codec
