#include "optim/optimizer.h"

#include "base/error.h"

namespace deai::optim {

Optimizer::Optimizer(Index weights, Index states)
    : size_(weights), moments_(tensor::Tensor::zeros({weights * states})) {}

void Optimizer::check(std::span<const real> weights, std::span<const real> gradient) const {
  const auto expected = static_cast<std::size_t>(size_);
  if (weights.size() != expected || gradient.size() != expected) {
    fail(ErrorCode::kArgument, text("optimizer: made for ", size_, " weights, got ", weights.size(),
                                    " weights and ", gradient.size(), " gradients"));
  }
}

}  // namespace deai::optim
