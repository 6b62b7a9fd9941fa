#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "task/task.h"

namespace deai::data {

// Which chances a picture gets: those of (seed, epoch, its number), and of nothing else, so that
// neither the order of samples nor who works on which part of a batch changes them.
struct Chances {
  std::uint64_t seed = 0;
  std::uint64_t epoch = 0;
  std::uint32_t sample = 0;
};

// The picture `from` (H x W x C bytes) altered as image.augment says, into `to` of the same size.
void augment(const task::ImageData& image, const Chances& chances,
             std::span<const std::uint8_t> from, Bytes& to);

}  // namespace deai::data
