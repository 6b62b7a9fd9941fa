#include "protocol/packet.h"

#include <catch2/catch_test_macros.hpp>

#include "protocol/messages.h"
#include "simulate/machines.h"

using namespace deai;
using namespace deai::protocol;

namespace {

struct Writing {
  Terms terms = simulate::synthetic_terms(8);
  secure::SigningKey key{simulate::entropy(1)};
  PacketWriter writer{terms, key};
  Hash parent{1, 2, 3};

  Packet sent(Kind kind, const Bytes& body, bool sign = false) const {
    auto packet = read_packet(writer.write(kind, 5, parent, body, sign));
    REQUIRE(packet);
    return *packet;
  }
};

PeerId id_of(std::uint8_t first) {
  PeerId id{};
  id[0] = first;
  return id;
}

Commit sample_commit(const Writing& from) {
  Commit commit;
  commit.signer = from.key.public_key();
  commit.head = {5, {9}, 1000, from.parent};
  commit.entries = {{id_of(1), 30, {7}}, {id_of(2), 65'536 / 2, {8}}};
  commit.head.weight = 65'536;
  commit.view = {id_of(1), id_of(2), id_of(9)};
  return commit;
}

}  // namespace

TEST_CASE("A header comes out as it went in") {
  const Writing from;
  const Packet packet = from.sent(Kind::kFetch, {1, 2, 3});
  CHECK(packet.header.kind == Kind::kFetch);
  CHECK(packet.header.round == 5);
  CHECK(packet.header.parent == from.parent);
  CHECK(packet.header.room == from.terms.room);
  CHECK(packet.header.task == from.terms.task);
  CHECK(packet.header.layout == from.terms.layout);
  CHECK(Bytes(packet.body.begin(), packet.body.end()) == Bytes{1, 2, 3});
}

TEST_CASE("Any changed, missing or added byte is noticed") {
  const Writing from;
  const auto good = from.writer.write(Kind::kStatus, 1, from.parent, Bytes(20, 3));
  for (std::size_t at = 0; at < good->size(); ++at) {
    Bytes bad = *good;
    bad[at] ^= 0x10;
    // The signature of an unsigned kind is nobody's concern.
    const bool in_signature = at >= kHeaderBytes - 64 && at < kHeaderBytes;
    CHECK(read_packet(std::make_shared<const Bytes>(bad)).has_value() == in_signature);
  }
  for (std::size_t size = 0; size < good->size(); ++size) {
    CHECK_FALSE(read_packet(
        std::make_shared<const Bytes>(good->begin(), good->begin() + static_cast<int>(size))));
  }
  Bytes longer = *good;
  longer.push_back(0);
  CHECK_FALSE(read_packet(std::make_shared<const Bytes>(longer)));
}

TEST_CASE("A signature binds header and body to the key in the body") {
  const Writing from;
  const Bytes body = write_proof({from.key.public_key(), id_of(1), {}});
  CHECK(signature_holds(from.sent(Kind::kProof, body, true)));
  CHECK_FALSE(signature_holds(from.sent(Kind::kProof, body, false)));
  CHECK_FALSE(
      signature_holds(from.sent(Kind::kProof, write_proof({id_of(1), id_of(1), {}}), true)));
  CHECK_FALSE(signature_holds(from.sent(Kind::kStatus, body, true)));  // not a signed kind

  // The same signature under another round.
  const auto one = from.writer.write(Kind::kProof, 1, {}, body, true);
  auto other = *from.writer.write(Kind::kProof, 2, {}, body, true);
  std::copy_n(one->begin() + kHeaderBytes - 64, 64, other.begin() + kHeaderBytes - 64);
  CHECK_FALSE(signature_holds(*read_packet(std::make_shared<const Bytes>(other))));
}

TEST_CASE("Bodies come out as they went in") {
  const Writing from;
  const auto hello = read_hello(from.sent(Kind::kHello, write_hello({Role::kHub, id_of(4), {5}})));
  REQUIRE(hello);
  CHECK((hello->role == Role::kHub && hello->id == id_of(4) && hello->nonce == Hash{5}));

  Status status;
  status.head = {5, {9}, 77, from.parent};
  status.active = true;
  status.missing = 3;
  status.update = {6};
  const auto read = read_status(from.sent(Kind::kStatus, write_status(status)));
  REQUIRE(read);
  CHECK((read->head == status.head && read->active && read->missing == 3));
  CHECK(read->update == status.update);

  const Commit commit = sample_commit(from);
  const auto committed = read_commit(from.sent(Kind::kCommit, write_commit(commit), true));
  REQUIRE(committed);
  CHECK(committed->head == commit.head);
  CHECK(committed->entries == commit.entries);
  CHECK(committed->view == commit.view);

  const auto fetch = read_fetch(from.sent(Kind::kFetch, write_fetch({Kind::kUpdate, {3}})));
  REQUIRE(fetch);
  CHECK((fetch->what == Kind::kUpdate && fetch->hash == Hash{3}));

  CHECK(read_bye(from.sent(Kind::kBye, write_bye(Reason::kFull))) == Reason::kFull);
}

TEST_CASE("A body cut short or too long is refused") {
  const Writing from;
  const auto refused = [&](Kind kind, Bytes body, auto read) {
    CHECK(read(from.sent(kind, body)));
    Bytes longer = body;
    longer.push_back(0);
    CHECK_FALSE(read(from.sent(kind, longer)));
    for (; !body.empty(); body.pop_back()) {
      Bytes shorter(body.begin(), body.end() - 1);
      CHECK_FALSE(read(from.sent(kind, shorter)));
    }
  };
  Status status;
  status.head = {5, {9}, 77, from.parent};
  refused(Kind::kHello, write_hello({Role::kMember, id_of(4), {5}}), read_hello);
  refused(Kind::kProof, write_proof({}), read_proof);
  refused(Kind::kStatus, write_status(status), read_status);
  refused(Kind::kCommit, write_commit(sample_commit(from)), read_commit);
  refused(Kind::kFetch, write_fetch({}), read_fetch);
  refused(Kind::kBye, write_bye(Reason::kJunk), read_bye);
}

TEST_CASE("A commit that nobody honest would make is refused") {
  const Writing from;
  const auto refused = [&](auto change) {
    Commit commit = sample_commit(from);
    change(commit);
    return !read_commit(from.sent(Kind::kCommit, write_commit(commit), true)).has_value();
  };
  CHECK_FALSE(refused([](Commit&) {}));
  CHECK(refused([](Commit& c) { c.entries.clear(); }));
  CHECK(refused([](Commit& c) { c.entries[1].id = c.entries[0].id; }));      // counted twice
  CHECK(refused([](Commit& c) { std::swap(c.entries[0], c.entries[1]); }));  // unsorted
  CHECK(refused([](Commit& c) { c.entries[0].weight = 0; }));
  CHECK(refused([](Commit& c) { c.entries[0].weight = (1u << 16) + 1; }));
  CHECK(refused([](Commit& c) { c.head.weight = 100; }));                     // less than its own
  CHECK(refused([](Commit& c) { c.head.weight = std::uint64_t{1} << 60; }));  // more than can be
  CHECK(refused([](Commit& c) { std::swap(c.view[0], c.view[1]); }));
}

TEST_CASE("An implausible head is refused") {
  CHECK(plausible({0, {}, 0, {}}));
  CHECK(plausible({0, {}, 1, {}}));
  CHECK_FALSE(plausible({0, {}, 2, {}}));
  CHECK_FALSE(plausible({3, {}, 2, {}}));
  CHECK(plausible({1, {}, std::uint64_t{1} << 26, {}}));
  CHECK_FALSE(plausible({1, {}, (std::uint64_t{1} << 26) + 2, {}}));
  CHECK_FALSE(plausible({UINT64_MAX, {}, UINT64_MAX, {}}));
}

TEST_CASE("Heads are in one order for everybody") {
  const Head light{3, {1}, 10, {}}, heavy{2, {2}, 11, {}}, later{4, {3}, 10, {}},
      higher{3, {2}, 10, {}};
  CHECK(better(heavy, light));
  CHECK(better(later, light));
  CHECK(better(light, higher));
  CHECK_FALSE(better(light, light));
}

TEST_CASE("The model hash tells layouts and weights apart, but not zeros") {
  const Hash layout{1}, other{2};
  const std::vector<float> weights(3000, 0.5f);
  CHECK(model_hash(layout, weights) != model_hash(other, weights));
  auto changed = weights;
  changed[2999] = 0.25f;
  CHECK(model_hash(layout, weights) != model_hash(layout, changed));
  CHECK(model_hash(layout, std::vector<float>{0.0f}) ==
        model_hash(layout, std::vector<float>{-0.0f}));
}
