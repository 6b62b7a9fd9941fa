#include "tensor/pool.h"

#include <algorithm>
#include <bit>
#include <new>

#include "base/error.h"
#include "kernels/memory.h"

namespace deai::tensor {

namespace {

constexpr auto kAlign = static_cast<std::size_t>(kernels::kAlignBytes);
constexpr auto kReadBehind = static_cast<std::size_t>(kernels::kReadBehindBytes);
// On 32-bit machines all memory there is.
constexpr std::size_t kMostBytes = std::size_t{1} << 31;

// The size's six leading bits, rounded up, and at least one alignment unit.
std::size_t size_class(std::size_t bytes) {
  const auto bits = static_cast<std::size_t>(std::bit_width(bytes));
  const std::size_t step = std::max(kAlign, std::size_t{1} << (bits > 6 ? bits - 6 : 0));
  return (bytes + step - 1) / step * step;
}

}  // namespace

Pool& Pool::mine() {
  thread_local Pool pool;
  return pool;
}

Pool::~Pool() { trim(); }

Buffer* Pool::take(Index count) {
  const auto elements = static_cast<std::size_t>(count);
  if (elements > (kMostBytes - kReadBehind) / sizeof(real)) {
    fail(ErrorCode::kMemory, text("a tensor of ", count, " elements is larger than memory"));
  }
  // The room behind is no part of the size: with it, powers of two would lie just above a class.
  const std::size_t capacity = size_class(elements * sizeof(real)) + kReadBehind;
  Buffer* buffer = nullptr;
  if (const auto found = free_.find(capacity); found != free_.end() && !found->second.empty()) {
    buffer = found->second.back();
    found->second.pop_back();
  } else {
    buffer = allocate(capacity);
  }
  buffer->owners = 1;
  use_.in_use_bytes += capacity;
  use_.peak_bytes = std::max(use_.peak_bytes, use_.in_use_bytes);
  return buffer;
}

Buffer* Pool::allocate(std::size_t capacity) {
  void* const memory = ::operator new(capacity, std::align_val_t{kAlign}, std::nothrow);
  if (memory == nullptr) {
    fail(ErrorCode::kMemory,
         text("no memory for ", capacity, " bytes more; ", use_.in_use_bytes, " are in use"));
  }
  auto* const buffer = new Buffer{static_cast<real*>(memory), capacity, 0};
  // So that giving back never allocates.
  std::vector<Buffer*>& waiting = free_[capacity];
  waiting.reserve(++counts_[capacity]);
  ++use_.allocations;
  use_.held_bytes += capacity;
  return buffer;
}

void Pool::give_back(Buffer* buffer) {
  use_.in_use_bytes -= buffer->capacity_bytes;
  free_[buffer->capacity_bytes].push_back(buffer);
}

void Pool::trim() {
  for (auto& [capacity, buffers] : free_) {
    for (Buffer* const buffer : buffers) {
      ::operator delete(buffer->data, std::align_val_t{kAlign});
      delete buffer;
    }
    use_.held_bytes -= capacity * buffers.size();
    counts_[capacity] -= buffers.size();
    buffers.clear();
  }
}

}  // namespace deai::tensor
