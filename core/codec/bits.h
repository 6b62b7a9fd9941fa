#pragma once

#include "base/bytes.h"

namespace deai::codec {

// Numbers of a few bits, one after the other, the lowest bit first; a last byte is filled with 0.
class BitWriter {
 public:
  explicit BitWriter(ByteWriter& out) : out_(out) {}
  // value < 2^bits, bits <= 32.
  void put(std::uint32_t value, unsigned bits) {
    held_ |= static_cast<std::uint64_t>(value) << count_;
    for (count_ += bits; count_ >= 8; count_ -= 8, held_ >>= 8) {
      out_.u8(static_cast<std::uint8_t>(held_));
    }
  }
  void finish() {
    if (count_ > 0) out_.u8(static_cast<std::uint8_t>(held_));
    held_ = count_ = 0;
  }

 private:
  ByteWriter& out_;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}
  // 0 behind the end.
  std::uint32_t get(unsigned bits) {
    while (count_ < bits) {
      held_ |= static_cast<std::uint64_t>(at_ < bytes_.size() ? bytes_[at_] : 0) << count_;
      ++at_;
      count_ += 8;
    }
    const auto value = static_cast<std::uint32_t>(held_ & ((std::uint64_t{1} << bits) - 1));
    held_ >>= bits;
    count_ -= bits;
    return value;
  }

 private:
  ByteView bytes_;
  std::size_t at_ = 0;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

inline std::size_t bytes_of_bits(std::size_t count, unsigned bits) {
  return static_cast<std::size_t>((static_cast<std::uint64_t>(count) * bits + 7) / 8);
}

}  // namespace deai::codec
