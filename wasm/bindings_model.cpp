// A model trained on batches that JavaScript brings: core/session/trainable.h.
#include <emscripten/bind.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "boundary.h"
#include "session/trainable.h"
#include "task/task.h"
#include "tensor/pool.h"

namespace deai::wasm {
namespace {

using tensor::Tensor;
static_assert(sizeof(real) == 4, "numbers cross as they are");

// The loss and, where one is asked for, the place of the gradient.
struct Loss : Place {
  double loss = 0;
};
struct Memory : Status {
  double parameter_bytes = 0;
  double peak_bytes = 0;
  double held_bytes = 0;
  double allocations = 0;
};

// Numbers come in through a tensor's memory, which then is the batch; they go out from where they
// stand. Nothing is copied within the heap.
class ModelHandle {
 public:
  ModelHandle(const task::Task& task, std::uint64_t seed) : trainable_(task, seed) {}

  // Where so many numbers (4 bytes each) for the next call are to be written; 0: no room.
  std::uintptr_t place(std::uint32_t count) {
    out_ = Tensor();
    try {
      staged_ = Tensor({static_cast<Index>(count)});
    } catch (...) {
      return 0;
    }
    return reinterpret_cast<std::uintptr_t>(staged_.data());
  }

  // Staged: the inputs, then the labels (i32 classes or f32 numbers).
  Loss train_batch(std::uint32_t inputs, std::uint32_t labels) {
    return call<Loss>([&](Loss& out, const Tensor& staged) {
      out.loss =
          trainable_.train_batch(x_of(staged, inputs), labels_of(staged, inputs, labels)).loss;
    });
  }
  Loss loss_and_gradient(std::uint32_t inputs, std::uint32_t labels) {
    return call<Loss>([&](Loss& out, const Tensor& staged) {
      const Tensor x = x_of(staged, inputs);
      out.loss = trainable_.loss_and_gradient(x, labels_of(staged, inputs, labels)).loss;
      show(trainable_.gradient(), out);
    });
  }
  Place forward(std::uint32_t inputs, bool training) {
    return call<Place>([&](Place& out, const Tensor& staged) {
      show(trainable_.forward(x_of(staged, inputs), training), out);
    });
  }
  Place predict(std::uint32_t inputs) {
    return call<Place>([&](Place& out, const Tensor& staged) {
      show(trainable_.predict(x_of(staged, inputs)), out);
    });
  }
  // Staged: the gradient of forward()'s outputs.
  Place backward(std::uint32_t count) {
    return call<Place>([&](Place& out, const Tensor& staged) {
      const auto width = static_cast<Index>(trainable_.output_width());
      const Index rows = static_cast<Index>(numbers(staged, 0, count).size()) / width;
      const bool fits = rows * width == static_cast<Index>(count);
      trainable_.backward(fits ? staged.part(0, {rows, width}) : staged);
      show(trainable_.gradient(), out);
    });
  }
  // Staged: the gradient.
  Status apply_gradient(std::uint32_t count) {
    return call<Status>([&](Status&, const Tensor& staged) {
      trainable_.apply_gradient(numbers(staged, 0, count));
    });
  }

  Place weights() {
    return call<Place>(
        [&](Place& out, const Tensor&) { show(std::as_const(trainable_).model().weights(), out); });
  }
  // Staged: the weights.
  Status set_weights(std::uint32_t count) {
    return call<Status>(
        [&](Status&, const Tensor& staged) { trainable_.set_weights(numbers(staged, 0, count)); });
  }
  // One line "name [shape] offset" per parameter.
  Text layout() {
    return call<Text>(
        [&](Text& out, const Tensor&) { out.value = trainable_.model().layout_text(); });
  }
  Memory memory() {
    return call<Memory>([&](Memory& out, const Tensor&) {
      const session::Memory memory = trainable_.memory();
      out.parameter_bytes = static_cast<double>(memory.parameter_bytes);
      out.peak_bytes = static_cast<double>(memory.peak_bytes);
      out.held_bytes = static_cast<double>(memory.held_bytes);
      out.allocations = static_cast<double>(memory.allocations);
    });
  }

 private:
  template <typename Result, typename Body>
  Result call(Body&& body) {
    // What was staged is gone afterwards, unless the model keeps it for its backward pass.
    const Tensor staged = std::exchange(staged_, Tensor());
    return guarded<Result>([&](Result& out) { body(out, staged); });
  }

  static std::span<const real> numbers(const Tensor& staged, std::uint32_t offset,
                                       std::uint32_t count) {
    const std::span<const real> all = staged.span();
    if (offset > all.size() || count > all.size() - offset) {
      fail(ErrorCode::kInternal, text("boundary: ", count, " numbers were not staged"));
    }
    return all.subspan(offset, count);
  }
  Tensor x_of(const Tensor& staged, std::uint32_t inputs) const {
    return staged.part(0, trainable_.batch_shape(inputs));
  }
  session::Trainable::Labels labels_of(const Tensor& staged, std::uint32_t inputs,
                                       std::uint32_t labels) const {
    const std::span<const real> given = numbers(staged, inputs, labels);
    if (!trainable_.has_classes()) return {{}, given};
    return {{reinterpret_cast<const std::int32_t*>(given.data()), given.size()}, {}};
  }

  void show(Tensor values, Place& out) {
    out_ = std::move(values);
    show(std::as_const(out_).span(), out);
  }
  static void show(std::span<const real> values, Place& out) {
    out.at = reinterpret_cast<std::uintptr_t>(values.data());
    out.size = static_cast<std::uint32_t>(values.size());
  }

  session::Trainable trainable_;
  Tensor staged_;
  Tensor out_;  // what the last call showed
};

// The caller deletes the handle.
Created create_model(const std::string& task_json, double seed) {
  return guarded<Created>([&](Created& out) {
    auto handle =
        std::make_unique<ModelHandle>(task::parse(task_json), static_cast<std::uint64_t>(seed));
    out.handle = val(std::move(handle));
  });
}

// Gives memory that no tensor uses back, after a handle was deleted.
void trim() { tensor::Pool::mine().trim(); }

}  // namespace

EMSCRIPTEN_BINDINGS(deai_model) {
  using emscripten::class_;
  using emscripten::function;
  using emscripten::value_object;

  value_object<Loss>("Loss")
      .field("code", &Loss::code)
      .field("text", &Loss::text)
      .field("at", &Loss::at)
      .field("size", &Loss::size)
      .field("loss", &Loss::loss);
  value_object<Memory>("Memory")
      .field("code", &Memory::code)
      .field("text", &Memory::text)
      .field("parameterBytes", &Memory::parameter_bytes)
      .field("peakBytes", &Memory::peak_bytes)
      .field("heldBytes", &Memory::held_bytes)
      .field("allocations", &Memory::allocations);

  class_<ModelHandle>("Model")
      .function("place", &ModelHandle::place)
      .function("trainBatch", &ModelHandle::train_batch)
      .function("lossAndGradient", &ModelHandle::loss_and_gradient)
      .function("forward", &ModelHandle::forward)
      .function("predict", &ModelHandle::predict)
      .function("backward", &ModelHandle::backward)
      .function("applyGradient", &ModelHandle::apply_gradient)
      .function("weights", &ModelHandle::weights)
      .function("setWeights", &ModelHandle::set_weights)
      .function("layout", &ModelHandle::layout)
      .function("memory", &ModelHandle::memory);

  function("createModel", &create_model);
  function("trim", &trim);
}

}  // namespace deai::wasm
