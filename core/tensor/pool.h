#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "base/real.h"

namespace deai::tensor {

// One block of memory: 64-byte aligned, and with room behind its last element that vector loads
// may read (kernels::kReadBehind). Its count of owners is not atomic: a tensor stays in the thread
// that made it.
struct Buffer {
  real* data = nullptr;
  std::size_t capacity_bytes = 0;
  std::size_t owners = 0;
};

struct MemoryUse {
  std::size_t in_use_bytes = 0;  // held by tensors
  std::size_t peak_bytes = 0;    // highest in_use_bytes since reset_peak
  std::size_t held_bytes = 0;    // taken from the system: in use and waiting to be used again
  std::size_t allocations = 0;   // how often the system was asked, ever
};

// Recycles the memory of tensors. Sizes are rounded up to classes at most 1/32 apart and a buffer
// only ever serves its own class; so a step that asks for what the step before asked for never
// reaches the system allocator.
class Pool {
 public:
  // The pool of this thread. No tensor may have static lifetime.
  static Pool& mine();

  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  // At least count reals, contents unspecified, one owner.
  Buffer* take(Index count);
  // Called by the last owner.
  void give_back(Buffer* buffer);

  const MemoryUse& use() const { return use_; }
  void reset_peak() { use_.peak_bytes = use_.in_use_bytes; }
  // Gives unused memory back to the system, e.g. when a session ends.
  void trim();

 private:
  Buffer* allocate(std::size_t capacity);

  std::map<std::size_t, std::vector<Buffer*>> free_;  // by capacity
  std::map<std::size_t, std::size_t> counts_;         // of all buffers of a capacity
  MemoryUse use_;
};

}  // namespace deai::tensor
