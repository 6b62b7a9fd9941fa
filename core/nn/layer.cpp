#include "nn/layer.h"

#include <utility>

#include "base/error.h"

namespace deai::nn {

Index ParameterLayout::add(std::string name, const Shape& shape) {
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) {
      fail(ErrorCode::kInternal, text("two parameters are named ", name));
    }
  }
  const Index offset = size_;
  parameters_.push_back({std::move(name), shape, offset});
  size_ += shape.size();
  return offset;
}

Variable ParameterView::at(Context& context, Index offset, const Shape& shape) const {
  Tensor value = weights.part(offset, shape);
  if (!gradients) return Variable(std::move(value));
  return context.tape.parameter(std::move(value), gradients.part(offset, shape));
}

}  // namespace deai::nn
