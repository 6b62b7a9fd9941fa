#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace deai::simulate::gossip {

// Threads that stay, the caller's the first of them. Participant i is always on thread i mod their
// number, as its tensors belong to one; what a participant does depends on itself only, so results do
// not depend on the number.
class Workers {
 public:
  // 0: as many as there are cores.
  explicit Workers(std::uint32_t threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // body(i) for all i < count; rethrows the first error.
  void for_each(std::uint32_t count, const std::function<void(std::uint32_t)>& body);
  std::uint32_t size() const { return static_cast<std::uint32_t>(threads_.size()) + 1; }

 private:
  std::exception_ptr share(std::uint32_t thread) const;
  void work(std::uint32_t thread);

  std::mutex mutex_;
  std::condition_variable begin_;
  std::condition_variable end_;
  const std::function<void(std::uint32_t)>* body_ = nullptr;
  std::uint32_t count_ = 0;
  std::uint64_t turn_ = 0;
  std::size_t working_ = 0;
  bool stop_ = false;
  std::exception_ptr error_;
  std::vector<std::thread> threads_;
};

}  // namespace deai::simulate::gossip
