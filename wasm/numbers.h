#pragma once

#include <emscripten/val.h>

#include <cstdint>
#include <span>
#include <utility>

#include "boundary.h"
#include "tensor/tensor.h"

namespace deai::wasm {

static_assert(sizeof(real) == 4, "numbers cross as they are");

// Numbers come in through a tensor's memory, which then is the batch; they go out from where they
// stand. Nothing is copied within the heap.
class Numbers {
 public:
  using Tensor = tensor::Tensor;

  // Where so many numbers (4 bytes each) for the next call are to be written; 0: no room.
  std::uintptr_t place(std::uint32_t count) {
    shown_ = Tensor();
    try {
      staged_ = Tensor({static_cast<Index>(count)});
    } catch (...) {
      return 0;
    }
    return reinterpret_cast<std::uintptr_t>(staged_.data());
  }
  // What was staged; it is gone afterwards, unless the model keeps it for its backward pass.
  Tensor take() { return std::exchange(staged_, Tensor()); }

  static std::span<const real> part(const Tensor& given, std::uint32_t offset,
                                    std::uint32_t count) {
    const std::span<const real> all = given.span();
    if (offset > all.size() || count > all.size() - offset) {
      fail(ErrorCode::kInternal, text("boundary: ", count, " numbers were not staged"));
    }
    return all.subspan(offset, count);
  }

  void show(Tensor values, Place& out) {
    shown_ = std::move(values);
    show(std::as_const(shown_).span(), out);
  }
  static void show(std::span<const real> values, Place& out) {
    out.at = reinterpret_cast<std::uintptr_t>(values.data());
    out.size = static_cast<std::uint32_t>(values.size());
  }

 private:
  Tensor staged_;
  Tensor shown_;  // by the last call
};

}  // namespace deai::wasm
