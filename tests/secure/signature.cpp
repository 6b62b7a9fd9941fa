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

constexpr const char* kSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

}  // namespace

// RFC 8032, 7.1, tests 1 to 3.
struct Vector {
  const char* seed;
  const char* public_key;
  const char* message;
  const char* signature;
};

constexpr Vector kVectors[] = {
    {kSeed, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"}};

TEST_CASE("Ed25519 gives RFC 8032's test vectors") {
  for (const Vector& vector : kVectors) {
    const secure::SigningKey key(seed_of(vector.seed));
    CHECK(test::to_hex(key.public_key()) == vector.public_key);
    CHECK(test::to_hex(key.sign(test::from_hex(vector.message))) == vector.signature);
  }
}

TEST_CASE("Signatures of many keys verify") {
  for (std::uint8_t number = 0; number < 100; ++number) {
    std::array<std::uint8_t, 32> seed{};
    seed[0] = number;
    const secure::SigningKey key(seed);
    const Bytes message(number, number);
    CHECK(secure::verify(key.public_key(), message, key.sign(message)));
  }
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
