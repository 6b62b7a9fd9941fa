#include "data/text.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "task/utf8.h"

namespace deai::data {
namespace {

constexpr char32_t kByteOrderMark = 0xFEFF;
constexpr std::size_t kMostTokens = std::size_t{1} << 31;

std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The number of each character up to the largest one of the alphabet; −1: not in it.
class Alphabet {
 public:
  explicit Alphabet(std::string_view characters) {
    for (std::int32_t number = 0; !characters.empty(); ++number) {
      const char32_t character = *task::next_character(characters);
      if (character >= numbers_.size()) numbers_.resize(character + 1, -1);
      numbers_[character] = number;
    }
  }
  std::int32_t find(char32_t character) const {
    return character < numbers_.size() ? numbers_[character] : -1;
  }

 private:
  std::vector<std::int32_t> numbers_;
};

}  // namespace

std::vector<std::uint32_t> tokens_of(const task::Data& data, std::string_view source,
                                     ByteView text) {
  const auto* words = std::get_if<task::TextData>(&data.input);
  if (words == nullptr) {
    fail(ErrorCode::kData, deai::text(source, ": is a text; the task learns from something else"));
  }
  if (words->alphabet.empty()) {
    fail(ErrorCode::kArgument, deai::text(source, ": expected tokens in place of a text"));
  }
  const Alphabet alphabet(words->alphabet);
  std::string_view other = words->unknown ? std::string_view(*words->unknown) : "";
  const std::int32_t unknown = other.empty() ? -1 : alphabet.find(*task::next_character(other));
  const bool returns = alphabet.find('\r') >= 0;
  std::vector<std::uint32_t> tokens;
  tokens.reserve(text.size());
  std::size_t line = 1;
  for (std::string_view rest = as_text(text); !rest.empty();) {
    const std::string_view here = rest;
    const auto character = task::next_character(rest);
    if (!character) fail(ErrorCode::kData, deai::text(source, ", line ", line, ": no UTF-8 text"));
    if (character == '\n') ++line;
    if (character == '\r' && !returns) continue;
    if (character == kByteOrderMark && here.size() == text.size()) continue;
    std::int32_t number = alphabet.find(*character);
    if (number < 0) number = unknown;
    if (number < 0) {
      fail(ErrorCode::kData,
           deai::text(source, ", line ", line, ": the character \"",
                      here.substr(0, here.size() - rest.size()),
                      "\" is not in the task's alphabet, and it names none for unknown ones"));
    }
    tokens.push_back(static_cast<std::uint32_t>(number));
  }
  return tokens;
}

std::uint32_t Windows::add(std::string_view source, std::span<const std::uint32_t> tokens,
                           Index vocabulary) {
  if (tokens.size() <= context_) {
    fail(ErrorCode::kData, text(source, ": has ", tokens.size(), " tokens, expected at least ",
                                context_ + 1, ": the task's context and one more"));
  }
  if (tokens.size() > kMostTokens - tokens_.size()) {
    fail(ErrorCode::kData, text(source, ": ", tokens.size(), " tokens are too many"));
  }
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    if (static_cast<std::uint64_t>(tokens[at]) >= static_cast<std::uint64_t>(vocabulary)) {
      fail(ErrorCode::kData,
           text(source, ": token ", at, " is ", tokens[at], ", expected 0 to ", vocabulary - 1));
    }
  }
  const std::size_t first = tokens_.size();
  const std::size_t samples = (tokens.size() - 1) / context_;
  tokens_.resize(first + samples * context_ + 1);
  std::transform(tokens.begin(),
                 tokens.begin() + static_cast<std::ptrdiff_t>(samples * context_ + 1),
                 tokens_.begin() + static_cast<std::ptrdiff_t>(first),
                 [](std::uint32_t token) { return static_cast<std::uint16_t>(token); });
  for (std::size_t sample = 0; sample < samples; ++sample) {
    begins_.push_back(static_cast<std::uint32_t>(first + sample * context_));
  }
  return static_cast<std::uint32_t>(samples);
}

void Windows::read(std::span<const std::uint32_t> rows, real* inputs,
                   std::vector<std::int32_t>& labels) const {
  labels.resize(rows.size() * context_);
  std::int32_t* label = labels.data();
  for (const std::uint32_t row : rows) {
    const std::uint16_t* const from = tokens_.data() + begins_[row];
    inputs = std::copy(from, from + context_, inputs);
    label = std::copy(from + 1, from + context_ + 1, label);
  }
}

std::size_t Windows::memory_bytes() const {
  return tokens_.capacity() * sizeof(tokens_[0]) + begins_.capacity() * sizeof(begins_[0]);
}

}  // namespace deai::data
