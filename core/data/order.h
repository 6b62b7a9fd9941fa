#pragma once

#include <cstdint>
#include <optional>
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
  // Fills rows with the numbers of the next samples, and epochs with the epoch that each belongs
  // to (as many as rows, or none); there must be some.
  void next(std::span<std::uint32_t> rows, std::span<std::uint64_t> epochs = {});

  // Where the order stands, for a checkpoint.
  struct Place {
    std::uint64_t seed = 0;
    std::uint64_t epoch = 0;  // of the next shuffle
    std::uint32_t at = 0;     // samples of the epoch that were learnt from
    std::uint32_t count = 0;
  };
  Place place() const;
  // Goes on from there, also when the samples come later: as soon as there are as many as there
  // were. With another number of samples an epoch begins.
  void go_to(const Place& place);

 private:
  void shuffle();
  void begin_epoch();

  std::uint64_t seed_;
  std::uint64_t epoch_ = 0;  // of the next shuffle
  std::vector<std::uint32_t> order_;
  std::size_t at_ = 0;
  std::optional<Place> wanted_;  // until so many samples are there
};

}  // namespace deai::data
