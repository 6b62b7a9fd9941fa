#pragma once

#include <utility>

#include "tensor/tensor.h"

namespace deai::autograd {

using tensor::Tensor;

// Where the gradient of one variable gathers. Made by the tape, lives until the tape is reset.
class Gradient {
 public:
  explicit Gradient(const Shape& shape) : shape_(shape) {}
  // Gathers in a tensor of the caller's, on top of what it holds.
  explicit Gradient(Tensor tensor) : shape_(tensor.shape()), tensor_(std::move(tensor)) {}

  struct Target {
    real* data;
    bool accumulate;  // false: nothing arrived yet, so overwrite what stands there
  };
  // For the rule that adds its share, which must write every element.
  Target target() {
    const bool accumulate = static_cast<bool>(tensor_);
    if (!accumulate) tensor_ = Tensor(shape_);
    return {tensor_.data(), accumulate};
  }
  // The first share as a tensor that the rule gives away; only where nothing arrived.
  bool nothing_arrived() const { return !tensor_; }
  void adopt(Tensor share) { tensor_ = std::move(share); }
  const Shape& shape() const { return shape_; }
  // Without elements as long as nothing arrived.
  const Tensor& tensor() const { return tensor_; }
  Tensor release() { return std::exchange(tensor_, Tensor()); }

 private:
  Shape shape_;
  Tensor tensor_;
};

// A value, and the place for its gradient where one is wanted. A variable with a gradient must not
// be used after the reset of its tape.
class Variable {
 public:
  Variable() = default;
  // A constant.
  explicit Variable(Tensor value) : value_(std::move(value)) {}
  Variable(Tensor value, Gradient* gradient) : value_(std::move(value)), gradient_(gradient) {}

  const Tensor& value() const { return value_; }
  // The value, which this variable then no longer holds.
  Tensor release() { return std::exchange(value_, Tensor()); }
  const Shape& shape() const { return value_.shape(); }
  bool needs_gradient() const { return gradient_ != nullptr; }
  // nullptr where none is wanted.
  Gradient* gradient() const { return gradient_; }

 private:
  Tensor value_;
  Gradient* gradient_ = nullptr;
};

}  // namespace deai::autograd
