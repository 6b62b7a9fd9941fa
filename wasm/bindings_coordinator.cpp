// A coordinator: core/session/coordinator.h.
#include <emscripten/bind.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "boundary.h"
#include "session/coordinator.h"
#include "task/task.h"

namespace deai::wasm {
namespace {

class CoordinatorHandle {
 public:
  CoordinatorHandle(session::CoordinatorConfig config, std::span<const std::uint8_t, 32> entropy)
      : coordinator_(std::move(config), entropy) {}

  Outcome link_up(std::uint32_t link, double now) {
    return event([&] { return coordinator_.link_up(link, ms(now)); });
  }
  Outcome link_down(std::uint32_t link, double now) {
    return event([&] { return coordinator_.link_down(link, ms(now)); });
  }
  Outcome writable(std::uint32_t link, std::uint32_t bytes, double now) {
    return event([&] { return coordinator_.writable(link, bytes, ms(now)); });
  }
  Outcome received(std::uint32_t link, std::uint32_t size, double now) {
    return event([&] { return coordinator_.received(link, staged_bytes(0, size), ms(now)); });
  }
  Outcome time(double now) {
    return event([&] { return coordinator_.time(ms(now)); });
  }

  Number round() {
    return guarded<Number>(
        [&](Number& out) { out.value = static_cast<double>(coordinator_.round()); });
  }
  Number participant_count() {
    return guarded<Number>([&](Number& out) { out.value = coordinator_.participant_count(); });
  }
  Text model_hash() {
    return guarded<Text>([&](Text& out) { out.value = hex(coordinator_.model_hash()); });
  }
  Text task_hash() {
    return guarded<Text>([&](Text& out) { out.value = hex(coordinator_.task_hash()); });
  }
  Place save() {
    return guarded<Place>([&](Place& out) { hand_out(coordinator_.save(), out); });
  }
  // 1: taken over; 0: the bytes are damaged or of another room, task or layout.
  Number restore(std::uint32_t size) {
    return guarded<Number>(
        [&](Number& out) { out.value = coordinator_.restore(staged_bytes(0, size)) ? 1 : 0; });
  }

 private:
  template <typename Body>
  Outcome event(Body&& body) {
    return guarded<Outcome>([&](Outcome& out) { to_js(body(), out); });
  }

  session::Coordinator coordinator_;
};

// Staged: 32 bytes of entropy, then base_size of the weights to begin with (0: none). The caller
// deletes the handle.
Created create_coordinator(const std::string& task_json, const std::string& room,
                           std::uint32_t min_participants, std::uint32_t base_size) {
  return guarded<Created>([&](Created& out) {
    session::CoordinatorConfig config;
    config.task = task::parse(task_json);
    config.room = room;
    config.min_participants = min_participants;
    config.base = staged_bytes(32, base_size);
    auto handle = std::make_unique<CoordinatorHandle>(std::move(config), staged_entropy());
    out.handle = val(std::move(handle));
  });
}

}  // namespace

EMSCRIPTEN_BINDINGS(deai_coordinator) {
  using emscripten::class_;
  using emscripten::function;

  class_<CoordinatorHandle>("Coordinator")
      .function("linkUp", &CoordinatorHandle::link_up)
      .function("linkDown", &CoordinatorHandle::link_down)
      .function("writable", &CoordinatorHandle::writable)
      .function("received", &CoordinatorHandle::received)
      .function("time", &CoordinatorHandle::time)
      .function("round", &CoordinatorHandle::round)
      .function("participantCount", &CoordinatorHandle::participant_count)
      .function("modelHash", &CoordinatorHandle::model_hash)
      .function("taskHash", &CoordinatorHandle::task_hash)
      .function("save", &CoordinatorHandle::save)
      .function("restore", &CoordinatorHandle::restore);

  function("createCoordinator", &create_coordinator);
}

}  // namespace deai::wasm
