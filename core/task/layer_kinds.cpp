#include "task/layer_kinds.h"

#include "base/error.h"

namespace deai::task {
namespace {

using Absent = SettingRule::Absent;
using Type = SettingRule::Type;
using Name = std::string_view;

constexpr SettingRule needed(Name name, double low, double high) {
  return {name, Type::kWhole, low, high, Absent::kError, 0, {}};
}
constexpr SettingRule whole(Name name, double low, double high, double otherwise) {
  return {name, Type::kWhole, low, high, Absent::kDefault, otherwise, {}};
}
constexpr SettingRule like_first(Name name, double low, double high) {
  return {name, Type::kWhole, low, high, Absent::kLikeFirst, 0, {}};
}
constexpr SettingRule flag(Name name, bool otherwise) {
  return {name, Type::kSwitch, 0, 1, Absent::kDefault, otherwise ? 1.0 : 0.0, {}};
}
constexpr double kMostUnits = 65536;
constexpr double kMostFilters = 4096;
constexpr double kMostExtent = 64;  // of kernels, strides, paddings

constexpr SettingRule kUnits = needed("units", 1, kMostUnits);
constexpr SettingRule kFilters = needed("filters", 1, kMostFilters);
constexpr SettingRule kKernel = needed("kernel", 1, kMostExtent);
constexpr SettingRule kStride = whole("stride", 1, kMostExtent, 1);
constexpr SettingRule kPadding = whole("padding", 0, kMostExtent, 0);
constexpr SettingRule kDilation = whole("dilation", 1, kMostExtent, 1);
constexpr SettingRule kBias = flag("bias", true);
constexpr SettingRule kDense[] = {kUnits, kBias};
constexpr SettingRule kConv2d[] = {
    kFilters, kKernel, kStride, kPadding, kDilation, whole("groups", 1, kMostFilters, 1), kBias};
constexpr SettingRule kDepthwiseConv2d[] = {
    kKernel, kStride, kPadding, kDilation, whole("multiplier", 1, kMostExtent, 1), kBias};
constexpr SettingRule kPool2d[] = {needed("size", 1, kMostExtent),
                                   like_first("stride", 1, kMostExtent),
                                   whole("padding", 0, kMostExtent / 2, 0)};
constexpr SettingRule kDropout[] = {{"rate", Type::kNumber, 0, 0.99, Absent::kError, 0, {}}};

constexpr std::uint32_t kMostInputs = 16;

constexpr LayerKind kKinds[] = {
    {"dense", 1, 1, kDense},
    {"conv2d", 1, 1, kConv2d},
    {"depthwise_conv2d", 1, 1, kDepthwiseConv2d},
    {"max_pool2d", 1, 1, kPool2d},
    {"avg_pool2d", 1, 1, kPool2d},
    {"global_avg_pool2d", 1, 1, {}},
    {"relu", 1, 1, {}},
    {"dropout", 1, 1, kDropout},
    {"flatten", 1, 1, {}},
    {"add", 2, kMostInputs, {}},
};

}  // namespace

std::span<const LayerKind> layer_kinds() { return kKinds; }

const LayerKind& layer_kind(std::string_view name) {
  for (const LayerKind& kind : kKinds) {
    if (kind.name == name) return kind;
  }
  fail(ErrorCode::kInternal, text("there is no kind of layer named ", name));
}

double absent_value(const SettingRule& rule, std::span<const Layer::Setting> before) {
  return rule.absent == SettingRule::Absent::kLikeFirst ? before.front().value : rule.otherwise;
}

double Layer::number(std::string_view setting) const {
  for (const Setting& one : settings) {
    if (one.name == setting) return one.value;
  }
  fail(ErrorCode::kInternal, text("a layer of the kind ", kind, " has no setting ", setting));
}

Layer make_layer(std::string_view kind, std::span<const Layer::Setting> settings) {
  const LayerKind& row = layer_kind(kind);
  Layer layer;
  layer.kind = row.name;
  for (const SettingRule& rule : row.settings) {
    double value = absent_value(rule, layer.settings);
    for (const Layer::Setting& given : settings) {
      if (given.name == rule.name) value = given.value;
    }
    layer.settings.push_back({rule.name, value});
  }
  return layer;
}

}  // namespace deai::task
