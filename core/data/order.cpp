#include "data/order.h"

#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace deai::data {

void Order::begin_epoch() {
  std::iota(order_.begin(), order_.end(), 0u);
  // One stream per epoch: where an epoch's order stands depends on nothing that came before.
  Random(seed_, epoch_++).shuffle(order_);
  at_ = 0;
}

void Order::resize(std::uint32_t count) {
  order_.resize(count);
  begin_epoch();
}

void Order::next(std::span<std::uint32_t> rows) {
  if (order_.empty()) fail(ErrorCode::kState, "Order::next: there are no samples");
  for (std::uint32_t& row : rows) {
    if (at_ == order_.size()) begin_epoch();
    row = order_[at_++];
  }
}

}  // namespace deai::data
