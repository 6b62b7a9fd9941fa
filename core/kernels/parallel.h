#pragma once

#include <type_traits>

#include "kernels/memory.h"

namespace deai::kernels {

// Whether this build has threads at all; without, one is all there is.
inline constexpr bool kHasThreads = DEAI_THREADS != 0;
inline constexpr Index kMostThreads = 16;

// Threads that the kernels of this process share, the caller among them; 1 until set. Set between
// kernels only, by the thread that calls them. More than one in a build without threads, or more
// than kMostThreads, is an Error (argument).
void set_threads(Index count);
Index threads();

namespace detail {
using Task = void (*)(const void* body, Index index, Index worker);
void run(Index count, const void* body, Task task, bool alone);
}  // namespace detail

// Calls body(index, worker) for every index in [0, count), count < 2^32; worker in [0, threads())
// says whose workspace may be used: indices of one worker run one after the other. Which worker
// gets which index is not determined, so results must not depend on it. What the caller wrote
// before is seen by every body, and what the bodies wrote by the caller afterwards. With one thread
// or one index: a plain loop; a call from within a body is a plain loop of that body's worker. A
// body neither throws nor allocates.
//
// alone: the calling thread does it all, as worker 0.
template <typename Body>
void parallel_for(Index count, const Body& body, bool alone = false) {
  static_assert(std::is_invocable_v<const Body&, Index, Index>);
  if constexpr (kHasThreads) {
    // By a pointer also where one thread does it all, so that the body stands in the program once.
    const detail::Task task = [](const void* which, Index index, Index worker) {
      (*static_cast<const Body*>(which))(index, worker);
    };
    detail::run(count, &body, task, alone);
  } else {
    for (Index index = 0; index < count; ++index) body(index, Index{0});
  }
}

}  // namespace deai::kernels
