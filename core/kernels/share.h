#pragma once

#include <algorithm>

#include "kernels/parallel.h"

namespace deai::kernels {

// How many threads should share so many multiplications: waking one costs some microseconds, in
// which these many are done.
inline Index worthwhile_threads(double multiplications) {
  constexpr double kLeastEach = 300'000;
  return static_cast<Index>(
      std::clamp(multiplications / kLeastEach, 1.0, static_cast<double>(threads())));
}

// parallel_for, or a plain loop by worker 0 where `workers` says that more are not worth it.
template <typename Body>
void share(Index workers, Index count, const Body& body) {
  parallel_for(count, body, workers < 2);
}

// Elements of one worker's turn at most; its x and y (some 100 kB each) fit in the second cache.
inline constexpr Index kTurn = 32'768;
// Turns begin at multiples of it.
inline constexpr Index kTurnUnit = 64;

// Loops over elements: y[i] from a few x[i] each. body(begin, end) for ranges that cover [0, count)
// and begin at multiples of kTurnUnit; every thread gets as many.
template <typename Body>
void share_elements(Index count, const Body& body) {
  if (count == 0) return;
  Index turn = count;
  if (threads() > 1 && count > kTurn) {
    const Index turns = round_up(ceil_div(count, kTurn), threads());
    turn = round_up(ceil_div(count, turns), kTurnUnit);
  }
  parallel_for(ceil_div(count, turn), [&](Index index, Index /*worker*/) {
    body(index * turn, std::min(count, (index + 1) * turn));
  });
}

}  // namespace deai::kernels
