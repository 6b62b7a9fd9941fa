#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/real.h"
#include "task/task.h"

namespace deai::data {

// A text of UTF-8 as the numbers of its characters in the task's alphabet. A byte order mark at its
// beginning is passed over, and so are the carriage returns of line ends where the alphabet has
// none. Another character counts as the task's `unknown`; without one Error{kData} names the
// source, the line and the character. Tasks whose tokens the shell makes: Error{kArgument}.
std::vector<std::uint32_t> tokens_of(const task::Data& data, std::string_view source,
                                     ByteView text);

// Texts cut into samples of `context` tokens, each with the one that follows it as its label: a
// sample begins where the labels of the one before it end.
class Windows {
 public:
  explicit Windows(std::size_t context) : context_(context) {}

  // One text; how many samples it has. Throws Error{kData} where it fills none, or where a token
  // is not below the vocabulary.
  std::uint32_t add(std::string_view source, std::span<const std::uint32_t> tokens,
                    Index vocabulary);
  std::uint32_t count() const { return static_cast<std::uint32_t>(begins_.size()); }
  // inputs: rows x context; labels become as many.
  void read(std::span<const std::uint32_t> rows, real* inputs,
            std::vector<std::int32_t>& labels) const;
  std::size_t memory_bytes() const;

 private:
  std::size_t context_;
  std::vector<std::uint16_t> tokens_;  // of all texts; vocabularies are at most 65536
  std::vector<std::uint32_t> begins_;  // of each sample among them
};

}  // namespace deai::data
