#include "codec/ef21.h"

#include "base/error.h"

namespace deai::codec {

void Ef21::encode(std::span<const float> v, ByteWriter& out) {
  if (v.size() != g_.size()) {
    fail(ErrorCode::kShape, text("ef21: expected ", g_.size(), " numbers, found ", v.size()));
  }
  for (std::size_t i = 0; i < v.size(); ++i) change_[i] = v[i] - g_[i];
  ByteWriter bytes;
  inside_->encode(change_, bytes);
  if (!decode(bytes.view())) fail(ErrorCode::kInternal, "ef21: a codec refused its own bytes");
  out.bytes(bytes.view());
}

bool Ef21::decode(ByteView bytes) {
  if (!inside_->decode(bytes, change_)) return false;
  for (std::size_t i = 0; i < g_.size(); ++i) g_[i] += change_[i];
  return true;
}

}  // namespace deai::codec
