#include "kernels/parallel.h"

#include "base/error.h"

#if DEAI_THREADS
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>
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

// The worker whose body this thread is running, -1 outside of any.
thread_local Index current_worker = -1;

// How often an idle thread looks for work before it sleeps: about a millisecond, which is longer
// than the gaps between the kernels of a step, and than it takes to wake a thread.
#if defined(__wasm__)
constexpr int kLooks = 2'000'000;
#else
constexpr int kLooks = 100'000;
#endif

void pause(int looks) {
#if !defined(__wasm__)  // which knows neither
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
  if (looks % 64 == 63) std::this_thread::yield();  // somebody else may have been kept from working
#endif
  static_cast<void>(looks);
}

// Waits for done(); false: it did not come within so many looks.
template <typename Done>
bool look(const Done& done) {
  for (int looks = 0; looks < kLooks; ++looks) {
    if (done()) return true;
    pause(looks);
  }
  return false;
}

// Indices that nobody has begun yet. Their owner takes from the front, the others from the back:
// from kernel to kernel, a worker meets what its cache holds.
class alignas(64) Range {
 public:
  void set(std::uint64_t begin, std::uint64_t end) {
    both_.store(begin << 32 | end, std::memory_order_relaxed);
  }
  // -1: none is left.
  Index take(bool front) {
    std::uint64_t both = both_.load(std::memory_order_relaxed);
    for (;;) {
      const std::uint64_t begin = both >> 32, end = both & 0xffff'ffff;
      if (begin == end) return -1;
      const std::uint64_t rest = front ? both + (std::uint64_t{1} << 32) : both - 1;
      if (both_.compare_exchange_weak(both, rest, std::memory_order_relaxed)) {
        return static_cast<Index>(front ? begin : end - 1);
      }
    }
  }

 private:
  std::atomic<std::uint64_t> both_{0};
};

// The caller begins at once and does what nobody else takes. Threads enter a call while it is open;
// the caller closes it when no index is left and waits for those inside alone: never for one that
// sleeps, or that the system keeps from running.
class Pool {
 public:
  explicit Pool(Index count) : count_(count) {
    try {
      for (Index worker = 1; worker < count; ++worker) {
        threads_.emplace_back([this, worker] { serve(worker); });
      }
    } catch (const std::system_error&) {
      end();
      fail(ErrorCode::kMemory, text("threads: the system gives no ", count));
    }
  }
  ~Pool() { end(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  void run(Index count, const void* body, detail::Task task) {
    body_ = body;
    task_ = task;
    const auto size = static_cast<std::uint64_t>(count);
    const auto parts = static_cast<std::size_t>(count_);
    for (std::size_t part = 0; part < parts; ++part) {
      ranges_[part].set(size * part / parts, size * (part + 1) / parts);
    }
    state_.store(kOpen, std::memory_order_release);
    announce();
    work(0);
    state_.fetch_and(~kOpen, std::memory_order_acq_rel);
    while (!look([this] { return state_.load(std::memory_order_acquire) == 0; })) {
    }
  }

 private:
  static constexpr std::uint32_t kOpen = 1u << 31;

  void announce() {
    calls_.fetch_add(1);
    if (sleepers_.load() == 0) return;
    {
      const std::lock_guard lock(mutex_);
    }  // whoever has counted itself is waiting by now
    wake_.notify_all();
  }

  void end() {
    stop_.store(true);
    announce();
    for (std::thread& thread : threads_) thread.join();
  }

  void serve(Index worker) {
    std::uint32_t seen = 0;
    for (;;) {
      const auto called = [&] { return calls_.load() != seen; };
      if (!look(called)) {
        std::unique_lock lock(mutex_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, called);
        sleepers_.fetch_sub(1);
      }
      if (stop_.load()) return;
      seen = calls_.load();
      if (enter()) {
        work(worker);
        state_.fetch_sub(1, std::memory_order_release);
      }
    }
  }

  // False: the call is over.
  bool enter() {
    std::uint32_t state = state_.load(std::memory_order_relaxed);
    while ((state & kOpen) != 0) {
      if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }

  void work(Index worker) {
    current_worker = worker;
    for (Index step = 0; step < count_; ++step) {
      Range& range = ranges_[static_cast<std::size_t>((worker + step) % count_)];
      for (Index index; (index = range.take(step == 0)) >= 0;) task_(body_, index, worker);
    }
    current_worker = -1;
  }

  const Index count_;
  const void* body_ = nullptr;
  detail::Task task_ = nullptr;
  std::array<Range, kMostThreads> ranges_;
  alignas(64) std::atomic<std::uint32_t> calls_{0};  // counts calls, so that threads notice one
  alignas(64) std::atomic<std::uint32_t> state_{0};  // kOpen, and how many threads are inside
  std::atomic<int> sleepers_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;  // for sleeping only
  std::condition_variable wake_;
  std::vector<std::thread> threads_;
};

std::unique_ptr<Pool> pool;  // none while one thread is all
Index thread_count = 1;

}  // namespace

void set_threads(Index count) {
  check_count(count);
  if (count == thread_count) return;
  pool.reset();  // ends the threads before others are started
  thread_count = 1;
  if (count > 1) pool = std::make_unique<Pool>(count);
  thread_count = count;
}

Index threads() { return thread_count; }

void detail::run(Index count, const void* body, Task task, bool alone) {
  const bool shared = count > 1 && current_worker < 0 && pool != nullptr;
  if (shared && !alone) return pool->run(count, body, task);
  const Index worker = current_worker < 0 || alone ? 0 : current_worker;
  for (Index index = 0; index < count; ++index) task(body, index, worker);
}

#else

void set_threads(Index count) { check_count(count); }
Index threads() { return 1; }

#endif

}  // namespace deai::kernels
