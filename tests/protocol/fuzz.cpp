#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "protocol/hostile.h"
#include "protocol/room.h"

using namespace deai;
using namespace deai::test;
using protocol::Kind;
using protocol::Outcome;

namespace {

constexpr int kNoise = 10'000;
constexpr int kMutations = 1'000;

// One honest run with, or without, strangers that send bytes on links of their own all the time.
// Gives the head that the honest ones end with.
protocol::Head run_with_strangers(bool in_star, bool strangers) {
  auto terms = simulate::synthetic_terms(24);
  if (in_star) terms.mode = Mode::kFederated;
  Room room(3, {}, terms);
  if (in_star) {
    room.add_hub();
    room.star();
  } else {
    room.mesh();
  }
  const std::size_t victim = in_star ? room.hub_place : 0;

  Random random(11, 1);
  std::vector<Bytes> overheard;
  room.world.on_frame = [&](std::size_t, std::size_t, ByteView frame) {
    overheard.emplace_back(frame.begin(), frame.end());
    if (overheard.size() > 64) overheard.erase(overheard.begin());
  };
  protocol::LinkId stranger = 0;
  int sent = 0;
  int mutations = 0;
  std::size_t refused = 0;
  const auto attack = [&](int count) {
    room.world.call(victim, [&](simulate::Machine& machine, std::int64_t now) {
      Outcome all;
      const auto add = [&](Outcome outcome) {
        for (auto& notice : outcome.notices) all.notices.push_back(std::move(notice));
        for (auto& send : outcome.sends) {
          if (send.link < 1'000'000) all.sends.push_back(std::move(send));
        }
        bool closed = false;
        for (const auto link : outcome.closes) closed = closed || link == stranger;
        refused += closed;
        if (closed) stranger = 0;
        all.wake_at_ms = outcome.wake_at_ms;
        all.training_wanted = outcome.training_wanted;
      };
      for (int i = 0; i < count; ++i, ++sent) {
        if (stranger == 0) {
          stranger = static_cast<protocol::LinkId>(1'000'000 + sent);
          add(machine.link_up(stranger, protocol::LinkKind::kPeer, now));
        }
        const bool mutate = sent % 11 == 10 && !overheard.empty();
        const Bytes frame =
            mutate ? mutated(random,
                             overheard[random.below(static_cast<std::uint32_t>(overheard.size()))])
                   : noise(random);
        mutations += mutate;
        add(machine.received(stranger, frame, now));
      }
      if (stranger != 0) add(machine.link_down(stranger, now));
      stranger = 0;
      return all;
    });
  };
  if (strangers) {
    // A few more than needed: before the first honest frame there is nothing to mutate.
    for (int turn = 0; turn < 46; ++turn) room.world.at(turn * 25, [&] { attack(250); });
  }
  room.run_all({.rounds = 5});
  CHECK(room.until_idle({0, 1, 2}));
  if (strangers) {
    room.world.run_for(2'000);
    CHECK(sent - mutations >= kNoise);
    CHECK(mutations >= kMutations);
    CHECK(refused > 1'000);
  }
  room.check_same({0, 1, 2});
  return room.member(0).head();
}

// A victim and one proven stranger on a link, without a network.
template <typename Victim>
struct Duel {
  Duel(Victim& to, Liar& from, protocol::LinkKind kind) : victim(to), liar(from) { meet(kind); }

  void meet(protocol::LinkKind kind) {
    ++link;
    const auto sends = victim.link_up(link, kind, now).sends;
    deliver(liar.hello());
    deliver(liar.proof(sends));
  }
  Outcome deliver(const std::vector<Bytes>& frames) {
    Outcome last;
    for (const Bytes& frame : frames) {
      Outcome outcome = victim.received(link, frame, now);
      for (const auto closed : outcome.closes) gone = gone || closed == link;
      victim.writable(link, 1 << 20, now);
      last = std::move(outcome);
    }
    return last;
  }

  Victim& victim;
  Liar& liar;
  protocol::LinkId link = 100;
  std::int64_t now = 1;
  bool gone = false;
};

}  // namespace

TEST_CASE("Strangers' bytes change nothing for a mesh") {
  CHECK(run_with_strangers(false, true) == run_with_strangers(false, false));
}

TEST_CASE("Strangers' bytes change nothing for a star") {
  CHECK(run_with_strangers(true, true) == run_with_strangers(true, false));
}

TEST_CASE("A peer with a proven key may send any body of any kind") {
  const auto terms = simulate::synthetic_terms(24);
  Random random(12, 1);
  for (const bool hub : {false, true}) {
    simulate::SyntheticTrainee trainee(0, 16, terms.weight_count);
    protocol::Member member(terms, simulate::entropy(1), trainee);
    HubMachine machine(terms, 2);
    protocol::Node& node = hub ? static_cast<protocol::Node&>(machine.session) : member;
    if (!hub) member.run({}, 0);
    Liar liar(terms, 3, protocol::Role::kMember);
    Duel duel(node, liar, protocol::LinkKind::kPeer);
    const protocol::Head before = node.head();
    for (int turn = 0; turn < 2'000; ++turn) {
      duel.now += 5;
      if (duel.gone) {
        duel.gone = false;
        duel.meet(protocol::LinkKind::kPeer);
      }
      Bytes body(random.below(300));
      for (auto& byte : body) byte = static_cast<std::uint8_t>(random.next_u32());
      if (random.below(2) == 0 && body.size() > 40) {
        std::copy(liar.id().begin(), liar.id().end(), body.begin());
      }
      const auto kind = static_cast<Kind>(1 + random.below(9));
      duel.deliver(liar.send(kind, random.below(3), before.hash, body, random.below(2) == 0));
      CHECK(node.held_bytes() < 100'000);
    }
    CHECK(node.head() == before);
  }
}

TEST_CASE("An update that cannot be averaged closes its signer's link") {
  const auto terms = simulate::synthetic_terms(24);
  const auto refused = [&](float value, std::uint32_t weight, std::size_t count) {
    simulate::SyntheticTrainee trainee(0, 16, terms.weight_count);
    protocol::Member member(terms, simulate::entropy(1), trainee);
    member.run({}, 0);
    Liar liar(terms, 3, protocol::Role::kMember);
    Duel duel(member, liar, protocol::LinkKind::kPeer);
    ByteWriter body;
    body.bytes(protocol::write_update_head({liar.id(), weight, 1, {}}));
    std::vector<float> numbers(count, 0.0f);
    numbers.back() = value;
    body.f32s(numbers);
    duel.deliver(liar.send(Kind::kUpdate, 1, member.head().hash, body.take(), true));
    return duel.gone;
  };
  CHECK_FALSE(refused(1.0f, 1, 24));
  CHECK_FALSE(refused(-128.0f, 1u << 16, 24));
  CHECK(refused(std::numeric_limits<float>::quiet_NaN(), 1, 24));
  CHECK(refused(std::numeric_limits<float>::infinity(), 1, 24));
  CHECK(refused(128.5f, 1, 24));
  CHECK(refused(1.0f, (1u << 16) + 1, 24));
  CHECK(refused(1.0f, 0, 24));
  CHECK(refused(1.0f, 1, 23));
}

TEST_CASE("An update in somebody else's name counts for nobody") {
  const auto terms = simulate::synthetic_terms(24);
  simulate::SyntheticTrainee trainee(0, 16, terms.weight_count);
  protocol::Member member(terms, simulate::entropy(1), trainee);
  member.run({}, 0);
  Liar liar(terms, 3, protocol::Role::kMember), victim(terms, 4, protocol::Role::kMember);
  Duel duel(member, liar, protocol::LinkKind::kPeer);
  const std::size_t held = member.held_bytes();
  ByteWriter body;
  body.bytes(protocol::write_update_head({victim.id(), 1, 1, {}}));
  body.f32s(std::vector<float>(24));
  // Signed by its owner and handed on unasked.
  duel.deliver(victim.send(Kind::kUpdate, 1, member.head().hash, body.take(), true));
  CHECK(member.held_bytes() == held);
}

TEST_CASE("A claimed heavy head that is never served stops nobody for long") {
  Room room(3);
  room.mesh();
  room.run_all();
  REQUIRE(room.until_round({0, 1, 2}, 2));
  // A proven peer claims the heaviest head there can be, and answers nothing.
  Liar liar(room.terms, 9, protocol::Role::kMember);
  protocol::Status status;
  status.head = {100, {1}, std::uint64_t{100} << 26, {2}};
  status.active = true;
  for (std::size_t victim = 0; victim < 3; ++victim) {
    room.world.call(victim, [&](simulate::Machine& machine, std::int64_t now) {
      auto hello = machine.link_up(5'000, protocol::LinkKind::kPeer, now);
      for (const Bytes& frame : liar.hello()) machine.received(5'000, frame, now);
      for (const Bytes& frame : liar.proof(hello.sends)) machine.received(5'000, frame, now);
      Outcome last;
      for (const Bytes& frame :
           liar.send(Kind::kStatus, 100, status.head.parent, protocol::write_status(status))) {
        last = machine.received(5'000, frame, now);
      }
      return last;
    });
  }
  const std::uint64_t before = room.round(0);
  REQUIRE(room.until_round({0, 1, 2}, before + 5, 60'000));
}

TEST_CASE("Who only asks and takes nothing is given up, and memory stays bounded") {
  const auto terms = simulate::synthetic_terms(50'000);
  simulate::SyntheticTrainee trainee(0, 16, terms.weight_count);
  protocol::Member member(terms, simulate::entropy(1), trainee);
  Liar liar(terms, 3, protocol::Role::kMember);
  const auto sends = member.link_up(1, protocol::LinkKind::kPeer, 0).sends;
  for (const Bytes& frame : liar.hello()) member.received(1, frame, 0);
  for (const Bytes& frame : liar.proof(sends)) member.received(1, frame, 0);
  const protocol::Fetch model{Kind::kModel, {}}, commit{Kind::kCommit, {7}};
  bool closed = false;
  std::size_t most = 0;
  for (int turn = 0; turn < 30'000 && !closed; ++turn) {
    for (const Bytes& frame :
         liar.send(Kind::kFetch, 0, {}, protocol::write_fetch(turn % 2 == 0 ? model : commit))) {
      closed = closed || !member.received(1, frame, 0).closes.empty();
    }
    most = std::max(most, member.held_bytes());
  }
  CHECK(closed);
  CHECK(most < 4'000'000);
}

TEST_CASE("A hello without a proof is closed in time") {
  const auto terms = simulate::synthetic_terms(24);
  simulate::SyntheticTrainee trainee(0, 16, terms.weight_count);
  protocol::Member member(terms, simulate::entropy(1), trainee);
  Liar liar(terms, 3, protocol::Role::kMember);
  Outcome outcome = member.link_up(1, protocol::LinkKind::kPeer, 0);
  for (const Bytes& frame : liar.hello()) outcome = member.received(1, frame, 0);
  bool closed = false;
  while (!closed && outcome.wake_at_ms >= 0 && outcome.wake_at_ms < 60'000) {
    outcome = member.time(outcome.wake_at_ms);
    closed = !outcome.closes.empty();
  }
  CHECK(closed);
}
