#include "nn/layer.h"

#include "base/error.h"

namespace deai::nn {

Binding Binding::inside(std::string_view part) const {
  return {.layout = layout, .name = text(name, '.', part), .frozen = frozen, .pixels = pixels};
}

void Binding::refuse(std::string_view kind, std::string_view reason) const {
  fail(ErrorCode::kTask, text("layer ", name, " (", kind, "): ", reason));
}

Index Binding::add(std::string_view field, const Shape& shape, Section section,
                   Index pixel_count) const {
  return layout.add(text(name, '.', field), shape, section, pixel_count);
}

std::span<real> FirstWeights::at(Index number) const {
  const Parameter& parameter = layout.at(number);
  return weights.subspan(static_cast<std::size_t>(parameter.offset),
                         static_cast<std::size_t>(parameter.shape.size()));
}

}  // namespace deai::nn
