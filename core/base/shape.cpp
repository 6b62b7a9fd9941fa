#include "base/shape.h"

#include "base/error.h"

namespace deai {

namespace {
// Keeps size() and byte counts far from overflow on 32-bit machines as well.
constexpr Index kMaxElements = Index{1} << 30;
}  // namespace

Shape::Shape(std::initializer_list<Index> extents)
    : Shape(std::span<const Index>(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const Index> extents) {
  if (extents.size() > static_cast<std::size_t>(kMaxRank)) {
    fail(ErrorCode::kShape,
         text("a shape has at most ", kMaxRank, " extents, got ", extents.size()));
  }
  Index product = 1;
  for (const Index extent : extents) {
    if (extent < 0) fail(ErrorCode::kShape, text("an extent is at least 0, got ", extent));
    if (extent > 0 && product > kMaxElements / extent) {
      fail(ErrorCode::kShape, text("a shape has at most ", kMaxElements, " elements"));
    }
    product *= extent;
    extents_[static_cast<std::size_t>(rank_++)] = extent;
  }
}

Index Shape::operator[](Index axis) const {
  const Index place = axis < 0 ? axis + rank_ : axis;
  if (place < 0 || place >= rank_) {
    fail(ErrorCode::kShape, text("axis ", axis, " is outside of shape ", to_string()));
  }
  return extents_[static_cast<std::size_t>(place)];
}

Index Shape::size() const {
  Index product = 1;
  for (const Index extent : extents()) product *= extent;
  return product;
}

std::string Shape::to_string() const {
  std::string out = "[";
  for (Index axis = 0; axis < rank_; ++axis) {
    if (axis > 0) out += ", ";
    out += to_text(static_cast<long long>(extents_[static_cast<std::size_t>(axis)]));
  }
  return out + "]";
}

}  // namespace deai
