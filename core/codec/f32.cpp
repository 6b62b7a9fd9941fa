#include "codec/f32.h"

namespace deai::codec {

void F32::encode(std::span<const float> values, ByteWriter& out) { out.f32s(values); }

bool F32::decode(ByteView bytes, std::span<float> values) const {
  if (bytes.size() != values.size_bytes()) return false;
  if (!values.empty()) ByteReader(bytes).f32s(values);
  return true;
}

}  // namespace deai::codec
