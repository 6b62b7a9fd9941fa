#include "codec/error_feedback.h"

#include <cmath>

#include "base/error.h"

namespace deai::codec {

void ErrorFeedback::encode(std::span<const float> values, ByteWriter& out) {
  if (error_.size() != values.size()) error_.assign(values.size(), 0);
  decoded_.resize(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) error_[i] += values[i];
  ByteWriter bytes;
  inside_->encode(error_, bytes);
  if (!inside_->decode(bytes.view(), decoded_)) {
    fail(ErrorCode::kInternal, "error feedback: a codec refused its own bytes");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float left = error_[i] - decoded_[i];
    error_[i] = std::isfinite(left) ? left : 0;
  }
  out.bytes(bytes.view());
}

}  // namespace deai::codec
