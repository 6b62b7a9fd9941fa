#include "protocol/updates.h"

#include <utility>

namespace deai::protocol {

UpdateReader::UpdateReader(const Terms& terms, std::uint64_t seed)
    : codec_(codec::make_any(terms.codec, {terms.tensors, seed})), count_(terms.weight_count) {}

std::optional<SignedUpdate> UpdateReader::read(const Packet& packet, bool mine) {
  const std::optional<UpdateHead> head = read_update(packet);
  if (!head || head->codec != codec_->id() || !(mine || signature_holds(packet))) {
    return std::nullopt;
  }
  numbers_.resize(count_);
  if (!codec_->decode(head->payload, numbers_) || !aggregate::acceptable(numbers_)) {
    return std::nullopt;
  }
  return SignedUpdate{head->signer,         packet.header.round, packet.header.parent, head->weight,
                      packet.header.digest, head->payload,       packet.bytes};
}

std::span<const float> UpdateReader::numbers(const SignedUpdate& update) {
  numbers_.resize(count_);
  codec_->decode(update.payload, numbers_);
  return numbers_;
}

void UpdateStore::put(SignedUpdate update) {
  latest_.insert_or_assign(update.signer, std::move(update));
}

const SignedUpdate* UpdateStore::latest(const PeerId& signer) const {
  const auto place = latest_.find(signer);
  return place == latest_.end() ? nullptr : &place->second;
}

const SignedUpdate* UpdateStore::find(const Hash& digest) const {
  for (const auto& [signer, update] : latest_) {
    if (update.digest == digest) return &update;
  }
  for (const auto* list : {&fetched_, &taken_}) {
    for (const SignedUpdate& update : *list) {
      if (update.digest == digest) return &update;
    }
  }
  return nullptr;
}

std::size_t UpdateStore::count(std::uint64_t round, const Hash& parent) const {
  std::size_t found = 0;
  for (const auto& [signer, update] : latest_) {
    if (update.round == round && update.parent == parent) ++found;
  }
  return found;
}

std::vector<SignedUpdate> UpdateStore::matching(std::uint64_t round, const Hash& parent) const {
  std::vector<SignedUpdate> out;
  for (const auto& [signer, update] : latest_) {
    if (update.round == round && update.parent == parent) out.push_back(update);
  }
  return out;
}

void UpdateStore::committed(std::vector<SignedUpdate> taken, std::uint64_t round) {
  taken_ = std::move(taken);
  fetched_.clear();
  std::erase_if(latest_, [&](const auto& place) { return place.second.round <= round; });
}

void UpdateStore::clear() {
  latest_.clear();
  fetched_.clear();
  taken_.clear();
}

std::size_t UpdateStore::held_bytes() const {
  std::size_t sum = 0;
  for (const auto& [signer, update] : latest_) sum += update.packet->size();
  for (const auto* list : {&fetched_, &taken_}) {
    for (const SignedUpdate& update : *list) sum += update.packet->size();
  }
  return sum;
}

}  // namespace deai::protocol
