#include "optim/optimizer.h"

#include <utility>

#include "base/error.h"
#include "kernels/share.h"

namespace deai::optim {

Optimizer::Optimizer(Index weights, Index states)
    : size_(weights),
      parts_{{weights, true}},
      moments_(tensor::Tensor::zeros({weights * states})) {}

void Optimizer::set_parts(std::vector<Part> parts) {
  Index end = 0;
  for (const Part& part : parts) {
    if (part.end <= end) fail(ErrorCode::kArgument, "optimizer: expected parts whose ends rise");
    end = part.end;
  }
  if (end != size_) {
    fail(ErrorCode::kArgument, text("optimizer: made for ", size_, " weights, got parts of ", end));
  }
  parts_ = std::move(parts);
}

void Optimizer::step(std::span<real> weights, std::span<const real> gradient, real learning_rate) {
  const auto expected = static_cast<std::size_t>(size_);
  if (weights.size() != expected || gradient.size() != expected) {
    fail(ErrorCode::kArgument, text("optimizer: made for ", size_, " weights, got ", weights.size(),
                                    " weights and ", gradient.size(), " gradients"));
  }
  begin_step(static_cast<double>(learning_rate));
  Index first = 0;
  for (const Part& part : parts_) {
    kernels::share_elements(part.end - first, [&](Index begin, Index end) {
      move({first + begin, first + end, part.decays}, weights.data(), gradient.data());
    });
    first = part.end;
  }
}

}  // namespace deai::optim
