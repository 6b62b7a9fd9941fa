#include "kernels/relu.h"

#include <algorithm>
#include <array>

#include "kernels/share.h"

// Each element is read before it is written and seen by no other, so the loops hold in place, too.
// Plain loops without branches, which the compiler turns into vectors in every build; Eigen's
// select is a branch per element where it has no vectors of its own (README.md).
namespace deai::kernels {

namespace {

// Kinds that do not optimise make no vectors, and need not say so.
#pragma clang diagnostic ignored "-Wpass-failed"

constexpr Index kWord = 32;

// A table, because a shift by each lane's own number is no instruction of wasm's vectors.
constexpr auto kBits = [] {
  std::array<std::uint32_t, kWord> bits{};
  for (std::size_t i = 0; i < bits.size(); ++i) bits[i] = std::uint32_t{1} << i;
  return bits;
}();

// count ≤ kWord; a constant one is what lets the compiler use vectors.
template <typename Count>
std::uint32_t relu_word(const real* x, Count count, real* y) {
  std::uint32_t word = 0;
#pragma clang loop vectorize(assume_safety)
  for (Index i = 0; i < count; ++i) {
    const real value = x[i];
    word |= value > 0 ? kBits[static_cast<std::size_t>(i)] : 0;
    y[i] = value < 0 ? 0 : value;
  }
  return word;
}

template <bool accumulate, typename Count>
void gradient_word(std::uint32_t word, const real* dy, Count count, real* dx) {
#pragma clang loop vectorize(assume_safety)
  for (Index i = 0; i < count; ++i) {
    // dy is read whether it is taken or not: a conditional load would be a branch.
    const real slope = dy[i];
    const real taken = (word & kBits[static_cast<std::size_t>(i)]) != 0 ? slope : 0;
    dx[i] = accumulate ? dx[i] + taken : taken;
  }
}

using Whole = std::integral_constant<Index, kWord>;

// body(first element, how many, which word) for words that cover [0, count).
template <typename Body>
void for_each_word(Index count, const Body& body) {
  share_elements(count, [&](Index begin, Index end) {
    static_assert(kTurnUnit % kWord == 0);  // no word belongs to two threads
    for (; begin + kWord <= end; begin += kWord) body(begin, Whole{}, begin / kWord);
    if (begin < end) body(begin, end - begin, begin / kWord);
  });
}

}  // namespace

void relu(const real* x, Index count, real* y, std::uint32_t* positive) {
  for_each_word(count, [&](Index at, auto size, Index word) {
    const std::uint32_t found = relu_word(x + at, size, y + at);
    if (positive != nullptr) positive[word] = found;
  });
}

void relu_gradient(const std::uint32_t* positive, const real* dy, Index count, real* dx,
                   bool accumulate) {
  for_each_word(count, [&](Index at, auto size, Index word) {
    if (accumulate) {
      gradient_word<true>(positive[word], dy + at, size, dx + at);
    } else {
      gradient_word<false>(positive[word], dy + at, size, dx + at);
    }
  });
}

}  // namespace deai::kernels
