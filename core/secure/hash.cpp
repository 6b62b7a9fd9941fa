#include "secure/hash.h"

#include <sodium.h>

namespace deai::secure {

struct Hasher::State {
  crypto_generichash_state sodium;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  crypto_generichash_init(&state_->sodium, nullptr, 0, sizeof(Hash));
}

Hasher::~Hasher() = default;

void Hasher::add(ByteView bytes) {
  crypto_generichash_update(&state_->sodium, bytes.data(), bytes.size());
}

Hash Hasher::finish() {
  Hash out;
  crypto_generichash_final(&state_->sodium, out.data(), out.size());
  return out;
}

Hash hash(ByteView bytes) {
  Hash out;
  crypto_generichash(out.data(), out.size(), bytes.data(), bytes.size(), nullptr, 0);
  return out;
}

std::string hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

}  // namespace deai::secure
