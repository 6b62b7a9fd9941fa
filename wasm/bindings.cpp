// What all handles share. The bindings*.cpp are the only Embind of the project: JavaScript's hands
// on core/session. The contract is wasm/README.md.
#include <emscripten/bind.h>

#include "boundary.h"
#include "kernels/parallel.h"

namespace deai::wasm {
namespace {

Status set_threads(std::uint32_t count) {
  return guarded<Status>([&](Status&) { kernels::set_threads(static_cast<Index>(count)); });
}

}  // namespace

EMSCRIPTEN_BINDINGS(deai) {
  using emscripten::function;
  using emscripten::value_object;

  value_object<Status>("Status").field("code", &Status::code).field("text", &Status::text);
  value_object<Created>("Created")
      .field("code", &Created::code)
      .field("text", &Created::text)
      .field("handle", &Created::handle);
  value_object<Number>("Number")
      .field("code", &Number::code)
      .field("text", &Number::text)
      .field("value", &Number::value);
  value_object<Text>("Text")
      .field("code", &Text::code)
      .field("text", &Text::text)
      .field("value", &Text::value);
  value_object<Place>("Place")
      .field("code", &Place::code)
      .field("text", &Place::text)
      .field("at", &Place::at)
      .field("size", &Place::size);
  value_object<Outcome>("Outcome")
      .field("code", &Outcome::code)
      .field("text", &Outcome::text)
      .field("at", &Outcome::at)
      .field("size", &Outcome::size)
      .field("wakeAtMs", &Outcome::wake_at_ms)
      .field("trainingWanted", &Outcome::training_wanted)
      .field("modelChanged", &Outcome::model_changed)
      .field("closes", &Outcome::closes)
      .field("notices", &Outcome::notices);
  value_object<Loss>("Loss")
      .field("code", &Loss::code)
      .field("text", &Loss::text)
      .field("at", &Loss::at)
      .field("size", &Loss::size)
      .field("loss", &Loss::loss)
      .field("correct", &Loss::correct)
      .field("weight", &Loss::weight);
  value_object<Share>("Share")
      .field("code", &Share::code)
      .field("text", &Share::text)
      .field("at", &Share::at)
      .field("size", &Share::size)
      .field("labelsAt", &Share::labels_at)
      .field("labelsSize", &Share::labels_size)
      .field("areClasses", &Share::are_classes)
      .field("drawn", &Share::drawn)
      .field("weight", &Share::weight);
  value_object<Profile>("Profile")
      .field("code", &Profile::code)
      .field("text", &Profile::text)
      .field("rows", &Profile::rows);
  value_object<Memory>("Memory")
      .field("code", &Memory::code)
      .field("text", &Memory::text)
      .field("parameterBytes", &Memory::parameter_bytes)
      .field("peakBytes", &Memory::peak_bytes)
      .field("heldBytes", &Memory::held_bytes)
      .field("allocations", &Memory::allocations)
      .field("sampleBytes", &Memory::sample_bytes);

  value_object<Step>("Step")
      .field("code", &Step::code)
      .field("text", &Step::text)
      .field("at", &Step::at)
      .field("size", &Step::size)
      .field("wakeAtMs", &Step::wake_at_ms)
      .field("trainingWanted", &Step::training_wanted)
      .field("modelChanged", &Step::model_changed)
      .field("closes", &Step::closes)
      .field("notices", &Step::notices)
      .field("loss", &Step::loss)
      .field("count", &Step::count)
      .field("correct", &Step::correct)
      .field("epoch", &Step::epoch);
  value_object<Evaluation>("Evaluation")
      .field("code", &Evaluation::code)
      .field("text", &Evaluation::text)
      .field("loss", &Evaluation::loss)
      .field("accuracy", &Evaluation::accuracy)
      .field("count", &Evaluation::count)
      .field("finished", &Evaluation::finished)
      .field("metrics", &Evaluation::metrics)
      .field("confusion", &Evaluation::confusion);
  value_object<Facts>("Facts")
      .field("code", &Facts::code)
      .field("text", &Facts::text)
      .field("round", &Facts::round)
      .field("sentBytes", &Facts::sent_bytes)
      .field("receivedBytes", &Facts::received_bytes)
      .field("payloadBytes", &Facts::payload_bytes)
      .field("fullBytes", &Facts::full_bytes)
      .field("consensusDistance", &Facts::consensus_distance)
      .field("memoryBytes", &Facts::memory_bytes)
      .field("trainingSamples", &Facts::training_samples)
      .field("heldOutSamples", &Facts::held_out_samples)
      .field("outputWidth", &Facts::output_width)
      .field("weightCount", &Facts::weight_count)
      .field("trainedCount", &Facts::trained_count)
      .field("stepMultiplications", &Facts::step_multiplications);

  function("stage", &stage);
  function("setThreads", &set_threads);
}

}  // namespace deai::wasm
