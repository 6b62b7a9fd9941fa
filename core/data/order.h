#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace deai::data {

// In which order samples are learnt from: every epoch all of them once, shuffled anew from the
// seed and the epoch's number. Epochs follow each other without a gap, so that all batches have
// one size.
class Order {
 public:
  explicit Order(std::uint64_t seed) : seed_(seed) {}

  // Begins the next epoch, now of that many samples.
  void resize(std::uint32_t count);
  // Fills rows with the numbers of the next samples; there must be some.
  void next(std::span<std::uint32_t> rows);

 private:
  void begin_epoch();

  std::uint64_t seed_;
  std::uint64_t epoch_ = 0;  // of the next shuffle
  std::vector<std::uint32_t> order_;
  std::size_t at_ = 0;
};

}  // namespace deai::data
