#include <catch2/catch_test_macros.hpp>

#include "aggregate/exact_mean.h"
#include "base/random.h"
#include "protocol/messages.h"
#include "protocol/updates.h"
#include "secure/hash.h"
#include "simulate/machines.h"
#include "support/hex.h"

// The same bytes give the same model on every machine: each kind of build (native, sanitizers,
// double, wasm with SIMD and with relaxed SIMD) must reproduce the hashes that stand here.

using namespace deai;

namespace {

constexpr std::size_t kCount = 10'007;

// Numbers made of integers only, so that no build rounds them otherwise; of many magnitudes.
std::vector<float> numbers(std::uint64_t stream) {
  Random random(2026, stream);
  std::vector<float> out(kCount);
  for (float& value : out) {
    const auto digits = static_cast<std::int32_t>(random.next_u32());
    const std::uint32_t scale = random.below(30);
    value = static_cast<float>(digits) / 2147483648.0f / static_cast<float>(1u << scale);
  }
  return out;
}

struct Signer {
  explicit Signer(std::uint64_t number) : key(simulate::entropy(number)) {}

  protocol::SharedBytes update(const protocol::Terms& terms, const protocol::Hash& parent,
                               std::uint32_t weight, const std::vector<float>& delta) const {
    ByteWriter body;
    body.bytes(protocol::write_update_head({key.public_key(), weight, 1, {}}));
    body.f32s(delta);
    return protocol::PacketWriter(terms, key)
        .write(protocol::Kind::kUpdate, 1, parent, body.view(), true);
  }

  secure::SigningKey key;
};

}  // namespace

TEST_CASE("The same updates give the same model hash in every build") {
  const protocol::Terms terms = simulate::synthetic_terms(kCount);
  const std::vector<float> base = numbers(0);
  const protocol::Hash parent = protocol::model_hash(terms.layout, base);
  CHECK(test::to_hex(parent) == "41497dcf378cdc4cdbf5d9e2a1d9c8c38ea5b3d0ae334e6ac8b73ee493118c66");

  protocol::UpdateReader reader(terms, 1);
  aggregate::ExactMean mean(kCount);
  secure::Hasher packets;
  for (std::uint32_t member = 1; member <= 7; ++member) {
    const auto bytes = Signer(member).update(terms, parent, member * member * 911, numbers(member));
    packets.add(*bytes);
    const auto packet = protocol::read_packet(bytes);
    REQUIRE(packet);
    const auto update = reader.read(*packet);
    REQUIRE(update);
    REQUIRE(mean.add(reader.numbers(*update), update->weight));
  }
  // Keys, signatures and serialisation.
  CHECK(test::to_hex(packets.finish()) ==
        "4702504270cd165595b9bd6aa4118bf2666a6aaa23db9452a8e82c638c328636");
  // Decoding, fixed point, division, rounding.
  std::vector<float> model(kCount);
  mean.apply(base, model);
  CHECK(test::to_hex(protocol::model_hash(terms.layout, model)) ==
        "ffeca8f5e90b88c421623ab105bf4e333de16e6313c5e45fa1c2fed6163fa664");
}
