#include "tensor/tensor.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace deai::tensor {

Tensor::Tensor(const Shape& shape)
    : shape_(shape), buffer_(Pool::mine().take(shape.size())), data_(buffer_->data) {}

Tensor::Tensor(const Tensor& other)
    : shape_(other.shape_), buffer_(other.buffer_), data_(other.data_) {
  if (buffer_ != nullptr) ++buffer_->owners;
}

Tensor::Tensor(Tensor&& other) noexcept
    : shape_(std::exchange(other.shape_, Shape())),
      buffer_(std::exchange(other.buffer_, nullptr)),
      data_(std::exchange(other.data_, nullptr)) {}

Tensor& Tensor::operator=(Tensor other) noexcept {
  std::swap(shape_, other.shape_);
  std::swap(buffer_, other.buffer_);
  std::swap(data_, other.data_);
  return *this;
}

Tensor::~Tensor() {
  if (buffer_ != nullptr && --buffer_->owners == 0) Pool::mine().give_back(buffer_);
}

Tensor Tensor::zeros(const Shape& shape) { return full(shape, 0); }

Tensor Tensor::full(const Shape& shape, real value) {
  Tensor out(shape);
  out.fill(value);
  return out;
}

Tensor Tensor::copy_of(const Shape& shape, std::span<const real> values) {
  if (static_cast<std::size_t>(shape.size()) != values.size()) {
    fail(ErrorCode::kShape, text("a tensor of shape ", shape.to_string(), " has ", shape.size(),
                                 " elements, got ", values.size(), " values"));
  }
  Tensor out(shape);
  std::copy(values.begin(), values.end(), out.data());
  return out;
}

real Tensor::item() const {
  if (size() != 1) {
    fail(ErrorCode::kShape, text("item: expected one element, got shape ", shape_.to_string()));
  }
  return *data_;
}

Tensor Tensor::reshaped(const Shape& shape) const {
  if (!*this || shape.size() != shape_.size()) {
    fail(ErrorCode::kShape, text("reshape: ", shape_.to_string(), " with ", size(),
                                 " elements does not fit ", shape.to_string()));
  }
  Tensor out(*this);
  out.shape_ = shape;
  return out;
}

Tensor Tensor::part(Index offset, const Shape& shape) const {
  if (!*this || offset < 0 || offset > size() || shape.size() > size() - offset) {
    fail(ErrorCode::kShape, text("part: ", shape.to_string(), " from element ", offset,
                                 " on does not lie within ", shape_.to_string()));
  }
  Tensor out(*this);
  out.shape_ = shape;
  out.data_ += offset;
  return out;
}

Tensor Tensor::clone() const { return *this ? copy_of(shape_, span()) : Tensor(); }

void Tensor::fill(real value) { std::fill_n(data_, size(), value); }

}  // namespace deai::tensor
