#include "session/coordinator.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "protocol/hub.h"
#include "session/terms.h"

namespace deai::session {

namespace {

std::vector<float> weights_of(const Learner& learner) {
  std::vector<float> weights(learner.exchanged_count());
  learner.get_weights(weights);
  return weights;
}

// The learner serves for the initial weights and the layout only; nothing of it is kept.
protocol::Hub make_hub(const CoordinatorConfig& config, std::span<const std::uint8_t, 32> entropy) {
  Learner learner(config.task, 0);
  if (const std::optional<task::BaseWeights>& base = config.task.model.weights) {
    if (config.base.empty()) {
      fail(ErrorCode::kState,
           text("this server does not have ", base->file, ", the weights that the task ",
                config.task.id, " begins with: its rooms need participants who meet directly"));
    }
    learner.load_base(config.base);
  }
  return protocol::Hub(make_terms(config.task, learner, config.room, config.min_participants,
                                  protocol::Mode::kFederated),
                       entropy, weights_of(learner));
}

}  // namespace

struct Coordinator::Parts {
  Parts(const CoordinatorConfig& config, std::span<const std::uint8_t, 32> entropy)
      : hub(make_hub(config, entropy)) {}

  protocol::Hub hub;
};

Coordinator::Coordinator(CoordinatorConfig config, std::span<const std::uint8_t, 32> entropy)
    : parts_(std::make_unique<Parts>(config, entropy)) {}

Coordinator::~Coordinator() = default;

protocol::Outcome Coordinator::link_up(protocol::LinkId link, std::int64_t now_ms) {
  return parts_->hub.link_up(link, protocol::LinkKind::kPeer, now_ms);
}

protocol::Outcome Coordinator::link_down(protocol::LinkId link, std::int64_t now_ms) {
  return parts_->hub.link_down(link, now_ms);
}

protocol::Outcome Coordinator::writable(protocol::LinkId link, std::uint32_t bytes,
                                        std::int64_t now_ms) {
  return parts_->hub.writable(link, bytes, now_ms);
}

protocol::Outcome Coordinator::received(protocol::LinkId link, ByteView frame,
                                        std::int64_t now_ms) {
  return parts_->hub.received(link, frame, now_ms);
}

protocol::Outcome Coordinator::time(std::int64_t now_ms) { return parts_->hub.time(now_ms); }

std::uint64_t Coordinator::round() const { return parts_->hub.head().round; }
std::uint32_t Coordinator::participant_count() const { return parts_->hub.member_count(); }
protocol::Hash Coordinator::model_hash() const { return parts_->hub.head().hash; }
protocol::Hash Coordinator::task_hash() const { return parts_->hub.terms().task; }

Bytes Coordinator::save() const { return parts_->hub.save(); }
bool Coordinator::restore(ByteView saved) { return parts_->hub.restore(saved); }

}  // namespace deai::session
