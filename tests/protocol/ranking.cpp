#include "protocol/ranking.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>

using namespace deai;
using protocol::PeerId;

namespace {

PeerId id_of(std::uint8_t first) {
  PeerId id{};
  id[0] = first;
  return id;
}

const std::vector<PeerId> kView = {id_of(1), id_of(2), id_of(3), id_of(4)};

std::vector<PeerId> without(std::vector<PeerId> ids, const PeerId& id) {
  std::erase(ids, id);
  return ids;
}

}  // namespace

TEST_CASE("The view's members have the places from 0 on, others in every round") {
  std::set<PeerId> first;
  for (std::uint64_t round = 1; round <= 40; ++round) {
    std::set<std::size_t> ranks;
    for (const PeerId& me : kView) {
      const std::size_t rank = protocol::rank_of(me, {}, round, kView, without(kView, me));
      ranks.insert(rank);
      if (rank == 0) first.insert(me);
    }
    CHECK(ranks == std::set<std::size_t>{0, 1, 2, 3});
  }
  CHECK(first.size() == kView.size());
}

TEST_CASE("Who is away keeps its place; joiners come after the view") {
  for (std::uint64_t round = 1; round <= 10; ++round) {
    const PeerId me = kView[0];
    CHECK(protocol::rank_of(me, {}, round, kView, {kView[2]}) ==
          protocol::rank_of(me, {}, round, kView, without(kView, me)));
    const std::size_t one = protocol::rank_of(id_of(8), {}, round, kView, {kView[1], id_of(9)});
    const std::size_t other = protocol::rank_of(id_of(9), {}, round, kView, {kView[1], id_of(8)});
    CHECK(std::min(one, other) == 4);
    CHECK(std::max(one, other) == 5);
  }
}

TEST_CASE("A view of which nobody else is here counts for nothing") {
  const std::size_t one = protocol::rank_of(kView[0], {}, 1, kView, {id_of(8)});
  const std::size_t other = protocol::rank_of(id_of(8), {}, 1, {}, {kView[0]});
  CHECK(one + other == 1);
  CHECK(protocol::rank_of(kView[0], {}, 1, kView, {}) == 0);
}

TEST_CASE("add_sorted keeps a list sorted and each id once") {
  std::vector<PeerId> ids;
  for (const std::uint8_t first : Bytes{3, 1, 2, 3, 1}) protocol::add_sorted(ids, id_of(first));
  CHECK(ids == std::vector<PeerId>{id_of(1), id_of(2), id_of(3)});
}
