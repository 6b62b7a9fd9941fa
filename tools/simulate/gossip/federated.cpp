#include <array>
#include <optional>

#include "aggregate/exact_mean.h"
#include "aggregate/outer_step.h"
#include "base/error.h"
#include "codec/ef21.h"
#include "exchange.h"

namespace deai::simulate::gossip {

namespace {

struct Row {
  const char* name;
  const char* outer;
  bool proximal;
  bool ef21;
};

constexpr std::array<Row, 7> kRows = {{
    {"fedavg", "average", false, false},
    {"fedprox", "average", true, false},
    {"fedavgm", "momentum", false, false},
    {"fedadam", "adam", false, false},
    {"fedyogi", "yogi", false, false},
    {"diloco", "nesterov", false, false},
    {"ef21", "average", false, true},
}};

const Row* row_of(const std::string& scheme) {
  for (const Row& row : kRows) {
    if (scheme == row.name) return &row;
  }
  return nullptr;
}

// One model: everybody's change travels to whoever adds them up, and everybody goes on from the
// result.
class Federated final : public Exchange {
 public:
  Federated(const Options& options, const codec::Layout& layout, std::span<const float> beginning)
      : row_(*row_of(options.scheme)),
        proximal_(options.proximal),
        outer_(row_.outer, options.outer_rate),
        common_(beginning.begin(), beginning.end()),
        state_(outer_.states() * beginning.size()),
        changes_(options.participants, std::vector<float>(beginning.size())),
        sent_(options.participants),
        accepted_(options.participants) {
    outer_.begin(state_);
    for (std::uint32_t number = 0; number < options.participants; ++number) {
      const codec::Settings settings{layout, options.seed << 32 | number};
      if (row_.ef21) {
        writing_.emplace_back(codec::make_any(options.codec, settings), beginning.size());
        reading_.emplace_back(codec::make_any(options.codec, settings), beginning.size());
      } else {
        codecs_.push_back(codec::make_any(options.codec, settings));
      }
    }
  }

  bool corrects() const override { return row_.proximal; }
  void correct(std::uint32_t, std::span<const float> x, std::span<float> gradient) override {
    aggregate::add_proximal<float>(x, common_, proximal_, gradient);
  }

  void round(std::uint32_t, const Vectors& x, Workers& workers) override {
    const auto count = static_cast<std::uint32_t>(x.size());
    workers.for_each(count, [&](std::uint32_t number) { send(number, x[number]); });
    aggregate::ExactMean mean(common_.size());
    for (std::uint32_t number = 0; number < count; ++number) {
      if (accepted_[number] != 0) mean.add(changes_[number], 1);
      bytes_ += sent_[number];
    }
    messages_ += count;
    std::vector<float> delta(common_.size());
    mean.apply(delta, delta);
    outer_.step(common_, delta, state_);
    for (const std::span<float> own : x) std::copy(common_.begin(), common_.end(), own.begin());
  }

  std::uint64_t bytes() const override { return bytes_; }
  std::uint64_t messages() const override { return messages_; }
  double step() const override { return outer_.rate(); }

 private:
  void send(std::uint32_t number, std::span<const float> x) {
    std::vector<float>& change = changes_[number];
    for (std::size_t i = 0; i < change.size(); ++i) change[i] = x[i] - common_[i];
    ByteWriter bytes;
    if (row_.ef21) {
      writing_[number].encode(change, bytes);
      accepted_[number] = reading_[number].decode(bytes.view());
      const auto value = reading_[number].value();
      change.assign(value.begin(), value.end());
    } else {
      codecs_[number]->encode(change, bytes);
      accepted_[number] = codecs_[number]->decode(bytes.view(), change);
    }
    sent_[number] = bytes.size();
  }

  const Row& row_;
  double proximal_;
  aggregate::OuterStep outer_;
  std::vector<float> common_;
  std::vector<float> state_;
  std::vector<std::vector<float>> changes_;
  std::vector<std::size_t> sent_;
  std::vector<char> accepted_;
  std::vector<std::unique_ptr<codec::Codec>> codecs_;
  std::vector<codec::Ef21> writing_;
  std::vector<codec::Ef21> reading_;
  std::uint64_t bytes_ = 0;
  std::uint64_t messages_ = 0;
};

}  // namespace

bool is_federated(const std::string& scheme) { return row_of(scheme) != nullptr; }

std::unique_ptr<Exchange> make_federated(const Options& options, const codec::Layout& layout,
                                         std::span<const float> beginning) {
  return std::make_unique<Federated>(options, layout, beginning);
}

}  // namespace deai::simulate::gossip
