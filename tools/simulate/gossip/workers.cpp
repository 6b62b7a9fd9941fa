#include "workers.h"

#include <algorithm>
#include <utility>

namespace deai::simulate::gossip {

Workers::Workers(std::uint32_t threads) {
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  for (std::uint32_t thread = 1; thread < threads; ++thread) {
    threads_.emplace_back([this, thread] { work(thread); });
  }
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  begin_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::for_each(std::uint32_t count, const std::function<void(std::uint32_t)>& body) {
  {
    const std::lock_guard lock(mutex_);
    body_ = &body;
    count_ = count;
    working_ = threads_.size();
    ++turn_;
  }
  begin_.notify_all();
  std::exception_ptr error = share(0);
  std::unique_lock lock(mutex_);
  end_.wait(lock, [this] { return working_ == 0; });
  const std::exception_ptr others = std::exchange(error_, nullptr);
  if (!error) error = others;
  if (error) std::rethrow_exception(error);
}

std::exception_ptr Workers::share(std::uint32_t thread) const {
  try {
    for (std::uint32_t i = thread; i < count_; i += size()) (*body_)(i);
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

void Workers::work(std::uint32_t thread) {
  std::uint64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    begin_.wait(lock, [&] { return stop_ || turn_ != seen; });
    if (stop_) return;
    seen = turn_;
    lock.unlock();
    const std::exception_ptr error = share(thread);
    lock.lock();
    if (error && !error_) error_ = error;
    if (--working_ == 0) end_.notify_one();
  }
}

}  // namespace deai::simulate::gossip
