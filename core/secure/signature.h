#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"

namespace deai::secure {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// An Ed25519 key pair. The same seed gives the same pair: the shell hands the entropy in, and only
// a simulation hands in something that can be guessed.
class SigningKey {
 public:
  explicit SigningKey(std::span<const std::uint8_t, 32> seed);
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  const PublicKey& public_key() const { return public_; }
  Signature sign(ByteView message) const;
  // From now on the public key is that one, and signatures verify by none.
  void pretend(const PublicKey& key);

 private:
  PublicKey public_;
  std::array<std::uint8_t, 64> secret_;
};

// Keys of small order and signatures in a non-canonical form do not verify.
bool verify(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace deai::secure
