#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "protocol/outcome.h"
#include "task/task.h"

namespace deai::session {

struct CoordinatorConfig {
  task::Task task;
  std::string room;
  std::uint32_t min_participants = 2;
  // What Learner::load_base is given, where the task names weights to begin with: a room begins
  // with those of all who train. It is not kept.
  ByteView base{};
};

// The server's part in one federated room: it merges updates and never trains. Same packets, same
// codecs and the same arithmetic as between peers.
class Coordinator {
 public:
  // Throws Error{kTask, kArgument} for terms that cannot be, Error{kState} where the task begins
  // with weights and none are given, Error{kFile} where these are not the task's.
  Coordinator(CoordinatorConfig config, std::span<const std::uint8_t, 32> entropy);
  ~Coordinator();

  protocol::Outcome link_up(protocol::LinkId link, std::int64_t now_ms);
  protocol::Outcome link_down(protocol::LinkId link, std::int64_t now_ms);
  protocol::Outcome writable(protocol::LinkId link, std::uint32_t bytes, std::int64_t now_ms);
  protocol::Outcome received(protocol::LinkId link, ByteView frame, std::int64_t now_ms);
  protocol::Outcome time(std::int64_t now_ms);

  std::uint64_t round() const;
  std::uint32_t participant_count() const;
  protocol::Hash model_hash() const;
  protocol::Hash task_hash() const;

  // The room's model and head as bytes for the server's store. restore() returns false and
  // changes nothing when the bytes are damaged or of another room, task or layout.
  Bytes save() const;
  bool restore(ByteView saved);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace deai::session
