#include "kernels/parallel.h"

#include "base/error.h"

#if DEAI_THREADS
#include <pthreadpool.h>

#include <memory>
#endif

namespace deai::kernels {

namespace {

void check_count(Index count) {
  const Index most = kHasThreads ? kMostThreads : 1;
  if (count < 1 || count > most) {
    fail(ErrorCode::kArgument, text("threads: ", count, "; this build takes 1 to ", most));
  }
}

}  // namespace

#if DEAI_THREADS

namespace {

struct Destroy {
  void operator()(pthreadpool* pool) const { pthreadpool_destroy(pool); }
};
std::unique_ptr<pthreadpool, Destroy> pool;  // none while one thread is all
Index thread_count = 1;

// The worker whose body this thread is running, -1 outside of any: the pool knows no calls within
// calls (it would wait for itself).
thread_local Index current_worker = -1;

struct Call {
  const void* body;
  detail::Task task;
};

void run_one(void* argument, std::size_t worker, std::size_t index) {
  const Call& call = *static_cast<const Call*>(argument);
  current_worker = static_cast<Index>(worker);
  call.task(call.body, static_cast<Index>(index), current_worker);
  current_worker = -1;
}

}  // namespace

void set_threads(Index count) {
  check_count(count);
  if (count == thread_count) return;
  pool.reset();  // joins the threads before others are started
  thread_count = 1;
  if (count > 1) {
    pool.reset(pthreadpool_create(static_cast<std::size_t>(count)));
    if (pool == nullptr) fail(ErrorCode::kMemory, "no memory for threads");
  }
  thread_count = count;
}

Index threads() { return thread_count; }

void detail::run_parallel(Index count, const void* body, Task task) {
  if (count <= 1 || current_worker >= 0) {
    const Index worker = current_worker >= 0 ? current_worker : 0;
    for (Index index = 0; index < count; ++index) task(body, index, worker);
    return;
  }
  // Denormals stay as they are (no flag): the caller's thread and a single-threaded build compute
  // with them, too. An idle worker looks for work for a while before it sleeps, since the next
  // kernel is near (tools/cmake/pthreadpool.cmake).
  Call call{body, task};
  pthreadpool_parallelize_1d_with_thread(pool.get(), &run_one, &call,
                                         static_cast<std::size_t>(count), 0);
}

#else

void set_threads(Index count) { check_count(count); }
Index threads() { return 1; }

#endif

}  // namespace deai::kernels
