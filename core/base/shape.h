#pragma once

#include <array>
#include <initializer_list>
#include <span>
#include <string>

#include "base/real.h"

namespace deai {

// Extents of a dense row-major array, outermost first. Up to kMaxRank of them, held in place so
// that making a shape never allocates. A rank-0 shape is a scalar with one element.
class Shape {
 public:
  static constexpr Index kMaxRank = 6;

  Shape() = default;
  Shape(std::initializer_list<Index> extents);
  explicit Shape(std::span<const Index> extents);

  Index rank() const { return rank_; }
  // axis counts from 0; negative axes count from the back.
  Index operator[](Index axis) const;
  // Product of all extents; 1 for a scalar.
  Index size() const;
  std::span<const Index> extents() const {
    return {extents_.data(), static_cast<std::size_t>(rank_)};
  }
  std::string to_string() const;  // "[64, 28, 28, 1]"

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<Index, kMaxRank> extents_{};
  Index rank_ = 0;
};

}  // namespace deai
