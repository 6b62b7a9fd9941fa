#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "codec/layout.h"

namespace deai::codec {

// What a vector becomes on the wire. One codec per file; a codec may keep state between vectors
// (error feedback, a warm start), so each stream of updates has its own. Decoding keeps none:
// everybody, the sender too, goes on with the numbers that decode() yields from the same bytes.
class Codec {
 public:
  virtual ~Codec() = default;

  // Stands in the packet before the bytes.
  virtual std::uint8_t id() const = 0;
  // No encoding of that many numbers is longer: the limit for what strangers send. All codecs here
  // write exactly so many.
  virtual std::size_t max_bytes(std::size_t count) const = 0;
  virtual void encode(std::span<const float> values, ByteWriter& out) = 0;
  // A verdict: false when the bytes are no encoding of exactly values.size() numbers. Values may be
  // not finite: the aggregation judges them.
  virtual bool decode(ByteView bytes, std::span<float> values) const = 0;
};

struct Settings {
  Layout layout;           // of the vectors; codecs that work tensor by tensor cut them so
  std::uint64_t seed = 0;  // equal at both ends where a codec says so, otherwise one's own
};

// By the name in task.json: "f32", "f16", "int8", "int4", "sign", "top_k/100" (one number in a hundred), "random_k/100",
// "qsgd/16" (levels), "qsgd_biased/16", "low_rank/2" (rank); with "+ef" behind it, the codec with
// error feedback. Throws Error{kTask} for a name nobody knows.
std::unique_ptr<Codec> make_any(std::string_view name, const Settings& settings = {});

}  // namespace deai::codec
