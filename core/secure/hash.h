#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"

namespace deai::secure {

using Hash = std::array<std::uint8_t, 32>;

// BLAKE2b-256 of bytes that come in pieces.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void add(ByteView bytes);
  Hash finish();  // once

 private:
  struct State;  // libsodium's, seen by this room alone
  std::unique_ptr<State> state_;
};

Hash hash(ByteView bytes);

// Lower-case digits.
std::string hex(ByteView bytes);

}  // namespace deai::secure
