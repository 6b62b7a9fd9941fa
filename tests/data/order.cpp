#include "data/order.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "support/errors.h"

namespace {

using deai::data::Order;

std::vector<std::uint32_t> next(Order& order, std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  order.next(rows);
  return rows;
}

std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> rows) {
  std::sort(rows.begin(), rows.end());
  return rows;
}

}  // namespace

TEST_CASE("every epoch holds every sample once, in another order") {
  Order order(1);
  order.resize(100);
  std::vector<std::uint32_t> all(100);
  std::iota(all.begin(), all.end(), 0u);
  const auto first = next(order, 100);
  const auto second = next(order, 100);
  CHECK(sorted(first) == all);
  CHECK(sorted(second) == all);
  CHECK(first != all);
  CHECK(first != second);
}

TEST_CASE("batches go on over the end of an epoch") {
  Order whole(5);
  Order parts(5);
  whole.resize(7);
  parts.resize(7);
  const auto expected = next(whole, 21);
  std::vector<std::uint32_t> found;
  for (int batch = 0; batch < 7; ++batch) {
    for (const auto row : next(parts, 3)) found.push_back(row);
  }
  CHECK(found == expected);
}

TEST_CASE("the order depends on the seed alone") {
  Order a(3);
  Order b(3);
  Order c(4);
  for (Order* order : {&a, &b, &c}) order->resize(50);
  const auto rows = next(a, 120);
  CHECK(next(b, 120) == rows);
  CHECK(next(c, 120) != rows);
}

TEST_CASE("new samples are seen in the next epoch, which begins at once") {
  Order order(3);
  order.resize(10);
  next(order, 4);
  order.resize(12);
  CHECK(sorted(next(order, 12)).back() == 11);
}

TEST_CASE("an order of nothing has no next") {
  Order order(3);
  CHECK(deai::support::error_of([&] { next(order, 1); }).starts_with("state: "));
}

TEST_CASE("an order tells which epoch each sample belongs to") {
  Order order(4);
  order.resize(3);
  std::vector<std::uint32_t> rows(8);
  std::vector<std::uint64_t> epochs(8);
  order.next(rows, epochs);
  CHECK(epochs == std::vector<std::uint64_t>{1, 1, 1, 2, 2, 2, 3, 3});
  Order again(0);
  again.resize(3);
  again.go_to(order.place());
  std::vector<std::uint32_t> next(2), next_again(2);
  std::vector<std::uint64_t> later(2), later_again(2);
  order.next(next, later);
  again.next(next_again, later_again);
  CHECK(next == next_again);
  CHECK(later == std::vector<std::uint64_t>{3, 4});
  CHECK(later_again == later);
}
