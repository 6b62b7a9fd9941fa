#pragma once

#include "machines.h"
#include "session/coordinator.h"
#include "session/participant.h"

namespace deai::simulate {

// The real thing: a page's session and a server's.
class ParticipantMachine : public MachineOf<session::Participant> {
 public:
  using MachineOf::MachineOf;
  protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind kind,
                            Milliseconds now) override {
    return session.link_up(link, kind, now);
  }
  protocol::Outcome train_step(Milliseconds now) override {
    session::Participant::Step step = session.train_step(now);
    return std::move(step.outcome);
  }
};

class CoordinatorMachine : public MachineOf<session::Coordinator> {
 public:
  using MachineOf::MachineOf;
  protocol::Outcome link_up(protocol::LinkId link, protocol::LinkKind, Milliseconds now) override {
    return session.link_up(link, now);
  }
  protocol::Outcome train_step(Milliseconds) override { return {}; }
};

inline session::EvaluationReport evaluate(session::Learner& learner, session::Part part) {
  learner.begin_evaluation(part);
  session::EvaluationReport report;
  do {
    report = learner.evaluation_step();
  } while (!report.finished);
  return report;
}

}  // namespace deai::simulate
