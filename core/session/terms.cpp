#include "session/terms.h"

#include "base/error.h"
#include "protocol/head.h"
#include "secure/hash.h"

namespace deai::session {

namespace {

secure::Hash hash_of(const std::string& text) {
  return secure::hash({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace

protocol::Hash task_hash(const task::Task& task) { return hash_of(task::canonical_text(task)); }

protocol::Terms make_terms(const task::Task& task, const Learner& learner, const std::string& room,
                           std::uint32_t min_participants, protocol::Mode mode) {
  if (min_participants == 0) {
    fail(ErrorCode::kArgument, "min_participants is 0, expected at least 1");
  }
  protocol::Terms terms;
  terms.room = protocol::room_hash(room);
  terms.task = task_hash(task);
  terms.layout = hash_of(learner.layout_text());
  terms.weight_count = learner.exchanged_count();
  if (terms.weight_count == 0) {
    fail(ErrorCode::kTask, "model.layers: there are no weights to learn together");
  }
  terms.local_steps =
      static_cast<std::uint32_t>(task.exchange.local_steps * task.training.accumulate);
  terms.deadline_ms = task.exchange.deadline_ms;
  terms.sample = task.exchange.sample;
  terms.max_participants = task.exchange.max_participants;
  terms.min_participants = min_participants;
  terms.mode = mode;
  const task::Exchange& exchange = task.exchange;
  if (!exchange.gossips()) {
    terms.codec = exchange.codec;
    terms.outer = exchange.outer.kind;
    terms.outer_rate = exchange.outer.number("learning_rate");
  } else if (mode == protocol::Mode::kDecentralized) {
    terms.codec = exchange.codec;
    terms.gossip = {exchange.scheme, exchange.topology, exchange.rank, exchange.iterations,
                    exchange.bits};
    if (exchange.scheme == "exponential") terms.gossip.topology = "exponential";
  }
  terms.tensors = learner.exchanged_tensors();
  return terms;
}

}  // namespace deai::session
