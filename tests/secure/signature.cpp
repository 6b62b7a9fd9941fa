#include "secure/signature.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "support/hex.h"

using namespace deai;

namespace {

std::array<std::uint8_t, 32> seed_of(std::string_view hex) {
  std::array<std::uint8_t, 32> out{};
  std::ranges::copy(test::from_hex(hex), out.begin());
  return out;
}

const char* const kSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

}  // namespace

TEST_CASE("Ed25519 gives RFC 8032's first test vector") {
  const secure::SigningKey key(seed_of(kSeed));
  CHECK(test::to_hex(key.public_key()) ==
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
  CHECK(test::to_hex(key.sign({})) ==
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
        "cf9b46bd25bf5f0595bbe24655141438e7a100b");
}

TEST_CASE("Only the signed message verifies, with the signer's key") {
  const secure::SigningKey key(seed_of(kSeed));
  const secure::SigningKey other(
      seed_of("0000000000000000000000000000000000000000000000000000000000000001"));
  const Bytes message = {1, 2, 3};
  const secure::Signature signature = key.sign(message);
  CHECK(secure::verify(key.public_key(), message, signature));
  CHECK_FALSE(secure::verify(other.public_key(), message, signature));
  CHECK_FALSE(secure::verify(key.public_key(), Bytes{1, 2, 4}, signature));
  for (const std::size_t at : {0u, 31u, 32u, 63u}) {
    secure::Signature changed = signature;
    changed[at] ^= 1;
    CHECK_FALSE(secure::verify(key.public_key(), message, changed));
  }
}

TEST_CASE("The key of order one verifies nothing") {
  secure::PublicKey neutral{};
  neutral[0] = 1;
  secure::Signature signature{};
  signature[0] = 1;
  CHECK_FALSE(secure::verify(neutral, Bytes{1}, signature));
}
