#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace deai::autograd {

// Objects of many types that all die together, at addresses that never move. Memory is kept when
// the objects are dropped, so that the next step finds it.
class Arena {
 public:
  static constexpr std::size_t kBlockBytes = 16384;

  // The caller destroys what it makes.
  template <typename T, typename... Arguments>
  T* make(Arguments&&... arguments) {
    static_assert(sizeof(T) <= kBlockBytes && alignof(T) <= alignof(std::max_align_t));
    return new (take(sizeof(T))) T{std::forward<Arguments>(arguments)...};
  }

  void rewind() {
    block_ = 0;
    used_ = 0;
  }

 private:
  struct Block {
    alignas(std::max_align_t) std::byte bytes[kBlockBytes];
  };

  void* take(std::size_t size) {
    constexpr std::size_t kAlign = alignof(std::max_align_t);
    size = (size + kAlign - 1) / kAlign * kAlign;
    if (used_ + size > kBlockBytes) {
      ++block_;
      used_ = 0;
    }
    if (block_ == blocks_.size()) blocks_.push_back(std::make_unique<Block>());
    void* const place = blocks_[block_]->bytes + used_;
    used_ += size;
    return place;
  }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::size_t block_ = 0;
  std::size_t used_ = 0;
};

}  // namespace deai::autograd
