#include "data/order.h"

#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace deai::data {

void Order::shuffle() {
  std::iota(order_.begin(), order_.end(), 0u);
  // One stream per epoch: where an epoch's order stands depends on nothing that came before.
  Random(seed_, epoch_ - 1).shuffle(order_);
}

void Order::begin_epoch() {
  ++epoch_;
  shuffle();
  at_ = 0;
}

void Order::resize(std::uint32_t count) {
  order_.resize(count);
  if (wanted_ && wanted_->count == count) return go_to(*wanted_);
  begin_epoch();
}

Order::Place Order::place() const {
  if (wanted_) return *wanted_;
  return {seed_, epoch_, static_cast<std::uint32_t>(at_),
          static_cast<std::uint32_t>(order_.size())};
}

void Order::go_to(const Place& place) {
  wanted_ = place;
  seed_ = place.seed;
  epoch_ = place.epoch;
  if (order_.empty()) return;
  if (place.count != order_.size()) return begin_epoch();
  shuffle();
  at_ = place.at;
}

void Order::next(std::span<std::uint32_t> rows, std::span<std::uint64_t> epochs) {
  if (order_.empty()) fail(ErrorCode::kState, "Order::next: there are no samples");
  wanted_.reset();
  for (std::size_t at = 0; at < rows.size(); ++at) {
    if (at_ == order_.size()) begin_epoch();
    rows[at] = order_[at_++];
    if (!epochs.empty()) epochs[at] = epoch_;
  }
}

}  // namespace deai::data
