"""What task.json's "model" means, in PyTorch's own modules.

Between layers an image is [N, H, W, C] as in the project; inside a module it is PyTorch's [N, C, H, W]. So flatten, norms
along the last axis and concat need no thought, and only weights of rank 4 differ: ours are [O, H, W, I].
"""

import torch
from torch import nn
from torch.nn import functional as F

import sequences


def images(module):
    """A module of PyTorch's for images, taking and giving [N, H, W, C]; others unchanged."""

    def run(x):
        if x.dim() != 4:
            return module(x)
        return module(x.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)

    return run


def channels_last(run):
    """A module that takes [N, C, ...], for x [N, ..., C] of any rank."""
    return lambda x: run(x.movedim(-1, 1)).movedim(1, -1)


ACTIVATIONS = {"relu": nn.ReLU, "silu": nn.SiLU, "hard_swish": nn.Hardswish}


def norm_of(layer, channels):
    kind = layer.get("norm", "batch")
    if kind == "none":
        return []
    return [nn.BatchNorm2d(channels) if kind == "batch" else nn.GroupNorm(layer.get("groups", 8), channels)]


class ResidualBlock(nn.Module):
    """As torchvision's BasicBlock."""

    def __init__(self, layer, channels):
        super().__init__()
        filters, kernel, stride = layer["filters"], layer.get("kernel", 3), layer.get("stride", 1)
        bias = layer.get("norm", "batch") == "none"
        self.conv1 = nn.Conv2d(channels, filters, kernel, stride, kernel // 2, bias=bias)
        self.conv2 = nn.Conv2d(filters, filters, kernel, 1, kernel // 2, bias=bias)
        if not bias:
            self.bn1, self.bn2 = norm_of(layer, filters) + norm_of(layer, filters)
        self.activation = ACTIVATIONS[layer.get("activation", "relu")]()
        self.downsample = None
        if stride != 1 or channels != filters:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=bias), *norm_of(layer, filters)
            )

    def forward(self, x):
        normed = hasattr(self, "bn1")
        y = self.conv1(x)
        y = self.activation(self.bn1(y) if normed else y)
        y = self.conv2(y)
        y = self.bn2(y) if normed else y
        return self.activation(y + (x if self.downsample is None else self.downsample(x)))


class InvertedResidual(nn.Module):
    """As torchvision's InvertedResidual."""

    def __init__(self, layer, channels):
        super().__init__()
        filters, kernel, stride = layer["filters"], layer.get("kernel", 3), layer.get("stride", 1)
        expand = layer.get("expand", 6)
        wide = channels * expand
        bias = layer.get("norm", "batch") == "none"

        def part(inputs, outputs, size, step=1, groups=1):
            conv = nn.Conv2d(inputs, outputs, size, step, size // 2, groups=groups, bias=bias)
            return nn.Sequential(conv, *norm_of(layer, outputs), ACTIVATIONS[layer.get("activation", "relu")]())

        parts = [part(channels, wide, 1)] if expand > 1 else []
        parts.append(part(wide, wide, kernel, stride, wide))
        parts += [nn.Conv2d(wide, filters, 1, bias=bias), *norm_of(layer, filters)]
        self.conv = nn.Sequential(*parts)
        self.adds = stride == 1 and channels == filters

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class Separable(nn.Module):
    def __init__(self, layer, channels):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, layer["kernel"], groups=channels, bias=False, **placed(layer))
        self.pointwise = nn.Conv2d(channels, layer["filters"], 1, bias=layer.get("bias", True))

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class RmsNorm(nn.Module):
    """PyTorch 1.13 has none; the formula of Zhang and Sennrich (2019), as torch.nn.RMSNorm of later versions."""

    def __init__(self, width, epsilon):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.epsilon) * self.weight


class LoraLinear(nn.Linear):
    """As PEFT's Linear: lora_A [r, in], lora_B [out, r], the base frozen."""

    def __init__(self, inputs, outputs, bias, rank, alpha):
        super().__init__(inputs, outputs, bias)
        self.lora_A = nn.Parameter(torch.zeros(rank, inputs))
        self.lora_B = nn.Parameter(torch.zeros(outputs, rank))
        self.factor = alpha / rank
        self.weight.requires_grad_(False)
        if bias:
            self.bias.requires_grad_(False)

    def forward(self, x):
        return super().forward(x) + self.factor * F.linear(F.linear(x, self.lora_A), self.lora_B)


class Function(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def placed(layer):
    return {name: layer[name] for name in ("stride", "padding", "dilation") if name in layer}


def dense(layer, shape):
    bias, rank = layer.get("bias", True), layer.get("lora_rank", 0)
    if rank > 0:
        return LoraLinear(shape[-1], layer["units"], bias, rank, layer.get("lora_alpha", rank))
    return nn.Linear(shape[-1], layer["units"], bias)


def conv2d(layer, shape):
    return nn.Conv2d(
        shape[-1], layer["filters"], layer["kernel"],
        groups=layer.get("groups", 1), bias=layer.get("bias", True), **placed(layer),
    )


def depthwise_conv2d(layer, shape):
    filters = shape[-1] * layer.get("multiplier", 1)
    return nn.Conv2d(
        shape[-1], filters, layer["kernel"], groups=shape[-1], bias=layer.get("bias", True), **placed(layer)
    )


def conv_transpose2d(layer, shape):
    return nn.ConvTranspose2d(
        shape[-1], layer["filters"], layer["kernel"], output_padding=layer.get("output_padding", 0),
        groups=layer.get("groups", 1), bias=layer.get("bias", True), **placed(layer),
    )


def pool2d(kind):
    def make(layer, shape):
        return kind(layer["size"], layer.get("stride", layer["size"]), layer.get("padding", 0))

    return make


def upsample2d(layer, shape):
    bilinear = layer.get("mode", "nearest") == "bilinear"
    extra = {"align_corners": False} if bilinear else {}
    return nn.Upsample(scale_factor=layer.get("factor", 2), mode="bilinear" if bilinear else "nearest", **extra)


def batch_norm(layer, shape):
    kind = {1: nn.BatchNorm1d, 2: nn.BatchNorm1d, 3: nn.BatchNorm2d}[len(shape)]
    return kind(shape[-1], layer.get("epsilon", 1e-5), layer.get("momentum", 0.1))


def reshape(layer, shape):
    wanted = [layer[name] for name in ("height", "width", "channels") if layer.get(name, 0) > 0]
    return Function(lambda x: x.reshape(x.shape[0], *wanted))


def sliced(layer, shape):
    first = layer.get("first", 0)
    return Function(lambda x: x[..., first : first + layer["count"]])


def product(*inputs):
    result = inputs[0]
    for each in inputs[1:]:
        result = result * each
    return result


# kind → (settings, shape of a sample) → the module. IMAGES take PyTorch's [N, C, H, W], CHANNELS [N, C, ...].
IMAGES = {
    "conv2d": conv2d,
    "depthwise_conv2d": depthwise_conv2d,
    "separable_conv2d": lambda layer, shape: Separable(layer, shape[-1]),
    "conv_transpose2d": conv_transpose2d,
    "residual_block": lambda layer, shape: ResidualBlock(layer, shape[-1]),
    "inverted_residual": lambda layer, shape: InvertedResidual(layer, shape[-1]),
    "max_pool2d": pool2d(nn.MaxPool2d),
    "avg_pool2d": pool2d(nn.AvgPool2d),
    "upsample2d": upsample2d,
}
CHANNELS = {
    "group_norm": lambda layer, shape: nn.GroupNorm(layer["groups"], shape[-1], layer.get("epsilon", 1e-5)),
    "batch_norm": batch_norm,
}
PLAIN = {
    "dense": dense,
    "global_avg_pool2d": lambda layer, shape: Function(lambda x: x.mean((1, 2))),
    "relu": lambda layer, shape: nn.ReLU(),
    "leaky_relu": lambda layer, shape: nn.LeakyReLU(layer.get("slope", 0.01)),
    "gelu": lambda layer, shape: nn.GELU(layer.get("approximate", "none")),
    "silu": lambda layer, shape: nn.SiLU(),
    "hard_swish": lambda layer, shape: nn.Hardswish(),
    "sigmoid": lambda layer, shape: nn.Sigmoid(),
    "tanh": lambda layer, shape: nn.Tanh(),
    "softmax": lambda layer, shape: nn.Softmax(-1),
    "scale": lambda layer, shape: Function(lambda x: layer["factor"] * x),
    "layer_norm": lambda layer, shape: nn.LayerNorm(shape[-1], layer.get("epsilon", 1e-5)),
    "rms_norm": lambda layer, shape: RmsNorm(shape[-1], layer.get("epsilon", 1e-5)),
    "embedding": lambda layer, shape: sequences.Embedding(layer["tokens"], layer["width"]),
    "positional_embedding": lambda layer, shape: sequences.PositionalEmbedding(shape),
    "attention": sequences.attention,
    "transformer_block": sequences.transformer_block(RmsNorm),
    "gru": lambda layer, shape: sequences.Recurrent(nn.GRU, layer, shape[-1]),
    "lstm": lambda layer, shape: sequences.Recurrent(nn.LSTM, layer, shape[-1]),
    "flatten": lambda layer, shape: nn.Flatten(),
    "reshape": reshape,
    "slice": sliced,
    "add": lambda layer, shape: Function(lambda *inputs: sum(inputs)),
    "multiply": lambda layer, shape: Function(product),
    "concat": lambda layer, shape: Function(lambda *inputs: torch.cat(inputs, -1)),
}


class Model(nn.Module):
    """The graph of task.json's layers. Parameters are named as in the project: the layer's name or place, then PyTorch's."""

    def __init__(self, layers, input_shape):
        super().__init__()
        self.layers = layers
        x = torch.zeros(2, *input_shape, dtype=torch.float64)
        self.results = {"input": x}
        last = x
        for place, layer in enumerate(layers):
            name = layer.get("name", str(place))
            inputs = self.inputs_of(layer, last)
            kind = layer["kind"]
            make = {**IMAGES, **CHANNELS, **PLAIN}[kind]
            module = make(layer, list(inputs[0].shape[1:])).double()
            if layer.get("frozen"):
                module.requires_grad_(False)
            self.add_module(name, module)
            if "weights_of" in layer:
                module.weight = getattr(self, layer["weights_of"]).weight
            last = self.results[name] = self.run(kind, module, inputs)

    def inputs_of(self, layer, last):
        if "inputs" in layer:
            return [self.results[name] for name in layer["inputs"]]
        return [self.results[layer["input"]] if "input" in layer else last]

    def run(self, kind, module, inputs):
        if kind in IMAGES:
            return images(module)(*inputs)
        if kind in CHANNELS:
            return channels_last(module)(*inputs)
        return module(*inputs)

    def forward(self, x):
        self.results = {"input": x}
        last = x
        for place, layer in enumerate(self.layers):
            name = layer.get("name", str(place))
            module = getattr(self, name)
            last = self.results[name] = self.run(layer["kind"], module, self.inputs_of(layer, last))
        return last


def ours(tensor):
    """The project's layout of a parameter."""
    return tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor
