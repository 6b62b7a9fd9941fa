// The linker leads libsodium's two calls here (--wrap, tools/cmake/rooms.cmake): of this program
// only, never of a test or of anything that ships.
#include "signatures.h"

#include <algorithm>
#include <cstdint>
#include <span>

#include "secure/hash.h"

namespace {

bool stand_in = false;

constexpr std::size_t kKeyBytes = 32;  // libsodium's secret key is the seed and then the public one

deai::secure::Hash mark(const std::uint8_t* key, const std::uint8_t* message, std::uint64_t size) {
  deai::secure::Hasher hasher;
  hasher.add({key, kKeyBytes});
  hasher.add({message, static_cast<std::size_t>(size)});
  return hasher.finish();
}

}  // namespace

namespace deai::simulate {

void use_stand_in_signatures() { stand_in = true; }

}  // namespace deai::simulate

extern "C" {

int __real_crypto_sign_detached(unsigned char* signature, unsigned long long* length,
                                const unsigned char* message, unsigned long long size,
                                const unsigned char* secret);
int __real_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long size, const unsigned char* key);
int __wrap_crypto_sign_detached(unsigned char* signature, unsigned long long* length,
                                const unsigned char* message, unsigned long long size,
                                const unsigned char* secret);
int __wrap_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long size, const unsigned char* key);

int __wrap_crypto_sign_detached(unsigned char* signature, unsigned long long* length,
                                const unsigned char* message, unsigned long long size,
                                const unsigned char* secret) {
  if (!stand_in) return __real_crypto_sign_detached(signature, length, message, size, secret);
  const auto half = mark(secret + kKeyBytes, message, size);
  std::copy(half.begin(), half.end(), signature);
  std::copy(half.begin(), half.end(), signature + half.size());
  return 0;
}

int __wrap_crypto_sign_verify_detached(const unsigned char* signature, const unsigned char* message,
                                       unsigned long long size, const unsigned char* key) {
  if (!stand_in) return __real_crypto_sign_verify_detached(signature, message, size, key);
  const auto half = mark(key, message, size);
  const bool holds = std::equal(half.begin(), half.end(), signature) &&
                     std::equal(half.begin(), half.end(), signature + half.size());
  return holds ? 0 : -1;
}

}  // extern "C"
