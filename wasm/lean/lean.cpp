// In place of the functions of the same names: the module that most pages load carries neither
// gossip nor codecs beside f32. The linker takes these, as they come before the rooms' libraries.
#include "base/error.h"
#include "codec/codec.h"
#include "codec/f32.h"
#include "protocol/make_gossiper.h"

namespace deai {

std::unique_ptr<codec::Codec> codec::make_any(std::string_view name, const Settings&) {
  if (name == "f32") return std::make_unique<F32>();
  fail(ErrorCode::kTask,
       text("exchange.codec is \"", name, "\", which needs the build of the engine for gossip"));
}

std::unique_ptr<protocol::TrainingNode> protocol::make_gossiper(Terms terms,
                                                                std::span<const std::uint8_t, 32>,
                                                                Trainee&) {
  fail(ErrorCode::kTask, text("exchange.scheme is \"", terms.gossip.scheme,
                              "\", which needs the build of the engine for gossip"));
}

}  // namespace deai
