#include "secure/signature.h"

#include <sodium.h>

namespace deai::secure {

SigningKey::SigningKey(std::span<const std::uint8_t, 32> seed) {
  crypto_sign_seed_keypair(public_.data(), secret_.data(), seed.data());
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

Signature SigningKey::sign(ByteView message) const {
  Signature out;
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), secret_.data());
  return out;
}

void SigningKey::pretend(const PublicKey& key) {
  public_ = key;
  sodium_memzero(secret_.data(), secret_.size());
}

bool verify(const PublicKey& key, ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

}  // namespace deai::secure
