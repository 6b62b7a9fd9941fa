#pragma once

#include <map>
#include <optional>
#include <vector>

#include "aggregate/exact_mean.h"
#include "codec/codec.h"
#include "protocol/messages.h"

namespace deai::protocol {

// A signed update that was found good: its signature holds and its numbers can be averaged.
struct SignedUpdate {
  PeerId signer{};
  std::uint64_t round = 0;
  Hash parent{};
  std::uint32_t weight = 0;
  Hash digest{};
  ByteView payload;
  SharedBytes packet;

  CommitEntry entry() const { return {signer, weight, digest}; }
};

// Tells good updates from bad ones, and reads their numbers.
class UpdateReader {
 public:
  // seed: of what the codec rounds at random, one's own.
  UpdateReader(const Terms& terms, std::uint64_t seed);

  // mine: it was signed here, which need not be checked.
  std::optional<SignedUpdate> read(const Packet& packet, bool mine = false);
  // The numbers of a good update, until the next call.
  std::span<const float> numbers(const SignedUpdate& update);
  codec::Codec& codec() { return *codec_; }

 private:
  std::unique_ptr<codec::Codec> codec_;
  std::size_t count_;
  std::vector<float> numbers_;
};

// The updates that a mesh member holds: the latest of each signer, those that a commit asked for,
// and those of the last commit for members that missed some.
class UpdateStore {
 public:
  // Replaces the signer's earlier one.
  void put(SignedUpdate update);
  // One that a commit lists and that was fetched; kept until the next head.
  void put_fetched(SignedUpdate update) { fetched_.push_back(std::move(update)); }
  // Drops the latest of those signers for whom linked(id) is false.
  template <typename Linked>
  void keep_latest_of(Linked linked) {
    std::erase_if(latest_, [&](const auto& place) { return !linked(place.first); });
  }
  std::size_t signers() const { return latest_.size(); }

  const SignedUpdate* latest(const PeerId& signer) const;
  const SignedUpdate* find(const Hash& digest) const;
  // How many are for that round on that model.
  std::size_t count(std::uint64_t round, const Hash& parent) const;
  // Those, sorted by signer.
  std::vector<SignedUpdate> matching(std::uint64_t round, const Hash& parent) const;
  // A commit took these; those of its round and before are forgotten.
  void committed(std::vector<SignedUpdate> taken, std::uint64_t round);
  void clear();
  std::size_t held_bytes() const;

 private:
  std::map<PeerId, SignedUpdate> latest_;
  std::vector<SignedUpdate> fetched_;
  std::vector<SignedUpdate> taken_;
};

}  // namespace deai::protocol
