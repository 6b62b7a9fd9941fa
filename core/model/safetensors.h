#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "nn/layer.h"

// The safetensors format: u64 header length, a JSON header (name → dtype, shape, place), then the
// numbers, little-endian. Ours are all F32.
namespace deai::model {

using Metadata = std::vector<std::pair<std::string, std::string>>;

Bytes write_safetensors(std::span<const nn::Parameter> parameters, std::span<const real> weights,
                        const Metadata& metadata);

// Reading bytes that a stranger may have made; both throw Error{kFile}.
Metadata read_metadata(ByteView file);
// The weights in the order of the layout. A file must hold exactly these parameters, each once, in
// any order, finite, without gaps or overlaps; an error says which tensor is wrong and how.
std::vector<float> read_safetensors(std::span<const nn::Parameter> parameters, ByteView file);

}  // namespace deai::model
