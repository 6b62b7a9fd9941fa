#include "task/layer_kinds.h"

#include "base/error.h"

namespace deai::task {
namespace {

using Name = std::string_view;
using Type = SettingRule::Type;
using rules::flag;
using rules::like_before;
using rules::needed;
using rules::needed_number;
using rules::number;
using rules::whole;
using rules::word;

constexpr double kMostUnits = 65536;
constexpr double kMostFilters = 4096;
constexpr double kMostExtent = 64;  // of kernels, strides, paddings
constexpr double kMostWidth = 1 << 20;

constexpr SettingRule kUnits = needed("units", 1, kMostUnits);
constexpr SettingRule kFilters = needed("filters", 1, kMostFilters);
constexpr SettingRule kKernel = needed("kernel", 1, kMostExtent);
constexpr SettingRule kStride = whole("stride", 1, kMostExtent, 1);
constexpr SettingRule kPadding = whole("padding", 0, kMostExtent, 0);
constexpr SettingRule kDilation = whole("dilation", 1, kMostExtent, 1);
constexpr SettingRule kBias = flag("bias", true);
constexpr SettingRule kConvGroups = whole("groups", 1, kMostFilters, 1);
constexpr SettingRule kEpsilon = number("epsilon", 1e-12, 1, 1e-5);

constexpr Name kGeluWords[] = {"none", "tanh"};
constexpr Name kUpsampleWords[] = {"nearest", "bilinear"};
constexpr Name kNormWords[] = {"batch", "group", "none"};
constexpr Name kActivationWords[] = {"relu", "silu", "hard_swish"};

constexpr SettingRule kLoraRank = whole("lora_rank", 0, kMostFilters, 0);
constexpr SettingRule kLoraAlpha = like_before("lora_alpha", Type::kNumber, 0, kMostUnits);
constexpr SettingRule kDense[] = {kUnits, kBias, kLoraRank, kLoraAlpha};
constexpr SettingRule kConv2d[] = {kFilters,  kKernel,     kStride, kPadding,
                                   kDilation, kConvGroups, kBias};
constexpr SettingRule kDepthwiseConv2d[] = {
    kKernel, kStride, kPadding, kDilation, whole("multiplier", 1, kMostExtent, 1), kBias};
constexpr SettingRule kSeparableConv2d[] = {kFilters, kKernel, kStride, kPadding, kDilation, kBias};
constexpr SettingRule kConvTranspose2d[] = {
    kFilters,  kKernel,     kStride, kPadding, whole("output_padding", 0, kMostExtent - 1, 0),
    kDilation, kConvGroups, kBias};
constexpr SettingRule kPool2d[] = {needed("size", 1, kMostExtent),
                                   like_before("stride", Type::kWhole, 1, kMostExtent),
                                   whole("padding", 0, kMostExtent / 2, 0)};
constexpr SettingRule kUpsample2d[] = {whole("factor", 1, kMostExtent, 2),
                                       word("mode", kUpsampleWords)};
constexpr SettingRule kGelu[] = {word("approximate", kGeluWords)};
constexpr SettingRule kLeakyRelu[] = {number("slope", 0, 1, 0.01)};
constexpr SettingRule kScale[] = {needed_number("factor", -1e6, 1e6)};
constexpr SettingRule kDropout[] = {needed_number("rate", 0, 0.99)};
constexpr SettingRule kReshape[] = {needed("channels", 1, kMostWidth),
                                    whole("width", 0, kMostWidth, 0),
                                    whole("height", 0, kMostWidth, 0)};
constexpr SettingRule kSlice[] = {needed("count", 1, kMostWidth), whole("first", 0, kMostWidth, 0)};
constexpr SettingRule kRowNorm[] = {kEpsilon};
constexpr SettingRule kGroupNorm[] = {needed("groups", 1, kMostFilters), kEpsilon};
constexpr SettingRule kBatchNorm[] = {kEpsilon, number("momentum", 0, 1, 0.1)};
constexpr SettingRule kNormGroups = whole("groups", 1, kMostFilters, 8);
constexpr SettingRule kResidualBlock[] = {kFilters,    whole("kernel", 1, kMostExtent, 3),
                                          kStride,     word("norm", kNormWords),
                                          kNormGroups, word("activation", kActivationWords)};
constexpr SettingRule kInvertedResidual[] = {kFilters,
                                             whole("kernel", 1, kMostExtent, 3),
                                             kStride,
                                             whole("expand", 1, 16, 6),
                                             word("norm", kNormWords),
                                             kNormGroups,
                                             word("activation", kActivationWords)};

constexpr Name kBlockNormWords[] = {"layer", "rms"};
constexpr Name kBlockActivationWords[] = {"gelu", "gelu_tanh", "relu", "silu"};
constexpr double kMostHeads = 1024;
constexpr SettingRule kHeads = needed("heads", 1, kMostHeads);
constexpr SettingRule kKvHeads = like_before("kv_heads", Type::kWhole, 1, kMostHeads);
constexpr SettingRule kCausal = flag("causal", false);
constexpr SettingRule kRotary = flag("rotary", false);
constexpr SettingRule kEmbedding[] = {needed("tokens", 1, kMostWidth),
                                      needed("width", 1, kMostUnits)};
constexpr SettingRule kAttention[] = {kHeads, kKvHeads,  kCausal,   kRotary,
                                      kBias,  kLoraRank, kLoraAlpha};
constexpr SettingRule kTransformerBlock[] = {kHeads,
                                             kKvHeads,
                                             kCausal,
                                             kRotary,
                                             kBias,
                                             whole("mlp", 0, kMostUnits, 0),
                                             word("activation", kBlockActivationWords),
                                             word("norm", kBlockNormWords),
                                             kEpsilon,
                                             number("dropout", 0, 0.99, 0),
                                             kLoraRank,
                                             kLoraAlpha};

constexpr Name kReturnsWords[] = {"all", "last"};
constexpr SettingRule kRecurrent[] = {kUnits, word("returns", kReturnsWords)};

constexpr std::uint32_t kMostInputs = 16;

constexpr LayerKind kKinds[] = {
    {"dense", 1, 1, kDense},
    {"conv2d", 1, 1, kConv2d},
    {"depthwise_conv2d", 1, 1, kDepthwiseConv2d},
    {"separable_conv2d", 1, 1, kSeparableConv2d},
    {"conv_transpose2d", 1, 1, kConvTranspose2d},
    {"residual_block", 1, 1, kResidualBlock},
    {"inverted_residual", 1, 1, kInvertedResidual},
    {"embedding", 1, 1, kEmbedding},
    {"positional_embedding", 1, 1, {}},
    {"attention", 1, 1, kAttention},
    {"transformer_block", 1, 1, kTransformerBlock},
    {"gru", 1, 1, kRecurrent},
    {"lstm", 1, 1, kRecurrent},
    {"max_pool2d", 1, 1, kPool2d},
    {"avg_pool2d", 1, 1, kPool2d},
    {"global_avg_pool2d", 1, 1, {}},
    {"upsample2d", 1, 1, kUpsample2d},
    {"relu", 1, 1, {}},
    {"leaky_relu", 1, 1, kLeakyRelu},
    {"gelu", 1, 1, kGelu},
    {"silu", 1, 1, {}},
    {"hard_swish", 1, 1, {}},
    {"sigmoid", 1, 1, {}},
    {"tanh", 1, 1, {}},
    {"softmax", 1, 1, {}},
    {"scale", 1, 1, kScale},
    {"layer_norm", 1, 1, kRowNorm},
    {"rms_norm", 1, 1, kRowNorm},
    {"group_norm", 1, 1, kGroupNorm},
    {"batch_norm", 1, 1, kBatchNorm},
    {"dropout", 1, 1, kDropout},
    {"flatten", 1, 1, {}},
    {"reshape", 1, 1, kReshape},
    {"slice", 1, 1, kSlice},
    {"add", 2, kMostInputs, {}},
    {"multiply", 2, kMostInputs, {}},
    {"concat", 2, kMostInputs, {}},
};

}  // namespace

std::span<const LayerKind> layer_kinds() { return kKinds; }

const LayerKind& layer_kind(std::string_view name) {
  for (const LayerKind& kind : kKinds) {
    if (kind.name == name) return kind;
  }
  fail(ErrorCode::kInternal, text("there is no kind of layer named ", name));
}

Layer make_layer(std::string_view kind, std::span<const Layer::Setting> settings) {
  const LayerKind& row = layer_kind(kind);
  Layer layer;
  layer.kind = row.name;
  layer.settings = with_defaults(row.settings, settings);
  return layer;
}

}  // namespace deai::task
