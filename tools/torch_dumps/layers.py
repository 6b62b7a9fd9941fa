"""Every layer in several settings, and random models of many layers. Writes layers.safetensors and models.safetensors."""

import random

import torch
from torch.nn import functional as F

from dump import Dump, float32
from reference import Model, ours

BATCH = 3
CLASSES = 2


def fill(model, generator):
    """Random weights, of such a size that numbers stay about 1; running variances positive."""
    with torch.no_grad():
        for name, value in [*model.named_parameters(), *model.named_buffers()]:
            if not value.is_floating_point():
                continue
            numbers = torch.rand(value.shape, generator=generator, dtype=torch.float64) * 2 - 1
            if name.endswith("running_var"):
                numbers = numbers / 2 + 1
            elif value.dim() > 1:
                numbers = numbers * (3 / value[0].numel()) ** 0.5
            value.copy_(float32(numbers))


def state(model, kept):
    out = {}
    for name, value in model.state_dict().items():
        if value.is_floating_point() and name not in kept:
            out[name] = ours(value)
    return out


def case(dump, name, layers, input_shape, seed=1):
    """The gradients of the cross-entropy of a model that ends in a row of classes."""
    generator = torch.Generator().manual_seed(seed)
    model = Model(layers, input_shape)
    fill(model, generator)
    # A weight that several layers share stands in PyTorch's state under all their names, ours under the first.
    shared = {f"{place}.weight" for place, layer in enumerate(layers) if "weights_of" in layer}
    tensors = {f"weights/{key}": value.clone() for key, value in state(model, shared).items()}
    x = float32(torch.rand([BATCH, *input_shape], generator=generator, dtype=torch.float64) * 2 - 1)
    tokens = layers[0].get("tokens")  # whole numbers, without a gradient
    if tokens is not None:
        x = ((x + 1) / 2 * tokens).floor()
    labels = torch.randint(0, CLASSES, [BATCH], generator=generator)
    model.eval()
    tensors["judged"] = model(x)
    model.train()
    x.requires_grad_(tokens is None)
    outputs = model(x)
    loss = F.cross_entropy(outputs, labels)
    loss.backward()
    tensors |= {"inputs": x, "labels": labels, "outputs": outputs, "loss": loss}
    if tokens is None:
        tensors["input_gradient"] = x.grad
    for key, value in model.named_parameters():
        if value.requires_grad:
            tensors[f"gradients/{key}"] = ours(value.grad)
    for key, value in model.named_buffers():
        if value.is_floating_point():
            tensors[f"after/{key}"] = value
    description = {
        "input": list(input_shape),
        "classes": CLASSES,
        "loss": {"kind": "softmax_cross_entropy"},
        "model": {"seed": 0, "layers": layers},
    }
    dump.add(name, description, tensors)


ROW, SEQUENCE, IMAGE = [6], [4, 5], [5, 4, 4]
STEPS = [5, 8]  # of attention: an even width that heads divide


def headed(layer, shape):
    """The layer, with something to learn before it, and a row of classes behind it."""
    before = [{"kind": "dense", "units": shape[-1]}]
    if len(shape) == 3:
        before = [{"kind": "conv2d", "filters": shape[2], "kernel": 1}]
    if len(shape) == 2:  # a task's data are rows or images
        before = [{"kind": "reshape", "width": shape[0], "channels": shape[1]}, *before]
    return [*before, layer, {"kind": "flatten"}, {"kind": "dense", "units": CLASSES}]


def given(shape):
    return shape if len(shape) != 2 else [shape[0] * shape[1]]


def of_images(**kinds):
    return [(kind, settings, IMAGE) for kind, many in kinds.items() for settings in many]


def anywhere(**kinds):
    return [(k, s, shape) for k, many in kinds.items() for s in many for shape in (ROW, SEQUENCE, IMAGE)]


SINGLE = [
    ("dense", {"units": 4}, ROW),
    ("dense", {"units": 4, "bias": False}, SEQUENCE),
    ("dense", {"units": 4, "lora_rank": 2}, ROW),
    ("dense", {"units": 4, "lora_rank": 2, "lora_alpha": 5}, SEQUENCE),
    ("dense", {"units": 4, "frozen": True}, ROW),
    *of_images(
        conv2d=[
            {"filters": 3, "kernel": 3},
            {"filters": 3, "kernel": 1, "bias": False},
            {"filters": 5, "kernel": 3, "stride": 2, "padding": 1},
            {"filters": 2, "kernel": 2, "padding": 2, "dilation": 2},
            {"filters": 6, "kernel": 3, "padding": 1, "groups": 2},
            {"filters": 4, "kernel": 3, "stride": 2, "padding": 2, "dilation": 2, "groups": 4},
        ],
        depthwise_conv2d=[
            {"kernel": 3},
            {"kernel": 3, "stride": 2, "padding": 1, "bias": False},
            {"kernel": 2, "multiplier": 2, "dilation": 2},
            {"kernel": 5, "padding": 2},
        ],
        separable_conv2d=[
            {"filters": 3, "kernel": 3, "padding": 1},
            {"filters": 5, "kernel": 3, "stride": 2, "dilation": 2, "padding": 2, "bias": False},
        ],
        conv_transpose2d=[
            {"filters": 3, "kernel": 2, "stride": 2},
            {"filters": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1},
            {"filters": 4, "kernel": 3, "groups": 2, "bias": False},
            {"filters": 2, "kernel": 2, "dilation": 2, "padding": 1},
        ],
        residual_block=[
            {"filters": 4},
            {"filters": 6, "stride": 2},
            {"filters": 4, "norm": "group", "groups": 2, "activation": "silu"},
            {"filters": 3, "norm": "none", "kernel": 5, "activation": "hard_swish"},
        ],
        inverted_residual=[
            {"filters": 4, "expand": 2},
            {"filters": 6, "stride": 2, "expand": 1},
            {"filters": 4, "norm": "group", "groups": 4, "expand": 3, "activation": "hard_swish"},
            {"filters": 4, "norm": "none", "kernel": 5, "expand": 2},
        ],
        max_pool2d=[{"size": 2}, {"size": 3, "stride": 2, "padding": 1}, {"size": 3, "stride": 1}],
        avg_pool2d=[{"size": 2}, {"size": 3, "stride": 2, "padding": 1}, {"size": 3, "stride": 1}],
        global_avg_pool2d=[{}],
        upsample2d=[{}, {"factor": 3}, {"mode": "bilinear"}, {"factor": 3, "mode": "bilinear"}],
        group_norm=[{"groups": 1}, {"groups": 2, "epsilon": 0.01}, {"groups": 4}],
    ),
    *anywhere(
        batch_norm=[{}, {"epsilon": 0.01, "momentum": 0.5}],
        layer_norm=[{}],
        rms_norm=[{"epsilon": 0.001}],
        softmax=[{}],
        flatten=[{}],
    ),
    ("positional_embedding", {}, SEQUENCE),
    *[("attention", settings, STEPS) for settings in (
        {"heads": 1},
        {"heads": 4, "causal": True},
        {"heads": 2, "bias": False},
        {"heads": 4, "kv_heads": 2, "causal": True},
        {"heads": 2, "kv_heads": 1, "rotary": True},
        {"heads": 2, "causal": True, "lora_rank": 2, "lora_alpha": 3},
    )],
    *[("transformer_block", settings, STEPS) for settings in (
        {"heads": 2},
        {"heads": 2, "causal": True, "mlp": 5, "activation": "relu", "epsilon": 0.01},
        {"heads": 4, "kv_heads": 1, "causal": True, "rotary": True, "norm": "rms", "bias": False, "activation": "silu"},
        {"heads": 1, "activation": "gelu_tanh", "norm": "rms"},
    )],
    ("gru", {"units": 4}, SEQUENCE),
    ("gru", {"units": 5, "returns": "last"}, SEQUENCE),
    ("lstm", {"units": 4}, SEQUENCE),
    ("lstm", {"units": 5, "returns": "last"}, SEQUENCE),
    ("relu", {}, IMAGE),
    ("leaky_relu", {}, IMAGE),
    ("leaky_relu", {"slope": 0.3}, ROW),
    ("gelu", {}, IMAGE),
    ("gelu", {"approximate": "tanh"}, SEQUENCE),
    ("silu", {}, IMAGE),
    ("hard_swish", {}, IMAGE),
    ("sigmoid", {}, IMAGE),
    ("tanh", {}, IMAGE),
    ("scale", {"factor": -0.75}, IMAGE),
    ("slice", {"count": 3, "first": 2}, SEQUENCE),
    ("slice", {"count": 2}, IMAGE),
    ("reshape", {"channels": 20, "width": 4}, IMAGE),
    ("reshape", {"channels": 20}, SEQUENCE),
    ("reshape", {"channels": 2, "width": 2, "height": 5}, SEQUENCE),
]


def merges():
    """Layers of several inputs, shared weights, named layers."""
    for kind in ("add", "multiply", "concat"):
        for inputs in (["a", "b"], ["a", "input", "b", "a"]):
            yield kind, [
                {"kind": "conv2d", "filters": 4, "kernel": 3, "padding": 1, "name": "a"},
                {"kind": "tanh", "name": "b"},
                {"kind": kind, "inputs": inputs},
                {"kind": "flatten"},
                {"kind": "dense", "units": CLASSES},
            ], IMAGE
    yield "shared", [
        {"kind": "dense", "units": 6, "name": "first"},
        {"kind": "tanh"},
        {"kind": "dense", "units": 6, "weights_of": "first"},
        {"kind": "dense", "units": CLASSES},
    ], ROW
    # A small GPT, whose last layer shares the embedding's weight.
    yield "tokens", [
        {"kind": "embedding", "tokens": 7, "width": 4, "name": "tokens"},
        {"kind": "positional_embedding"},
        {"kind": "transformer_block", "heads": 2, "causal": True},
        {"kind": "dense", "units": 7, "weights_of": "tokens"},
        {"kind": "flatten"},
        {"kind": "dense", "units": CLASSES},
    ], ROW


def drawn_model(draw):
    """A random model: image layers, some with a way past them, then rows."""
    layers, channels = [], 3
    shape = [draw.choice([5, 6]), draw.choice([5, 6]), channels]
    for step in range(draw.randint(2, 3)):
        channels = draw.choice([4, 6])
        begin = len(layers)
        kind = draw.choice(["conv2d", "separable_conv2d", "residual_block", "inverted_residual", "conv2d"])
        layer = {"kind": kind, "filters": channels}
        if kind.endswith("conv2d"):
            layer |= {"kernel": 3, "padding": 1}
            layer |= draw.choice([{}, {"bias": False}, {"dilation": 2, "padding": 2}])
        else:
            layer |= draw.choice([{}, {"norm": "group", "groups": 2}, {"norm": "none"}])
            layer |= {"expand": 2} if kind == "inverted_residual" else {}
        layers.append(layer)
        layers += draw.choice([[], [{"kind": "batch_norm"}], [{"kind": "group_norm", "groups": 2}], [{"kind": "layer_norm"}]])
        layers.append({"kind": draw.choice(["relu", "gelu", "silu", "hard_swish", "leaky_relu", "tanh"])})
        if draw.random() < 0.5:  # a second way of the same shape, merged
            layers[-1]["name"] = f"way{begin}"
            layers.append({"kind": "conv2d", "filters": channels, "kernel": 1, "name": f"past{begin}"})
            layers.append({"kind": draw.choice(["add", "multiply", "concat"]), "inputs": [f"way{begin}", f"past{begin}"]})
    layers += draw.choice([
        [{"kind": "global_avg_pool2d"}],
        [{"kind": "max_pool2d", "size": 2}, {"kind": "flatten"}],
        [{"kind": "upsample2d", "mode": "bilinear"}, {"kind": "avg_pool2d", "size": 3, "stride": 2}, {"kind": "flatten"}],
    ])
    layers += draw.choice([[], [{"kind": "dense", "units": 8}, {"kind": "rms_norm"}, {"kind": "gelu"}]])
    layers.append({"kind": "dense", "units": CLASSES})
    return layers, shape


def drawn_sequence_model(draw):
    """Tokens, then layers for sequences; the last layer may share the embedding's weight."""
    steps, width = draw.randint(3, 5), 4
    layers = [{"kind": "embedding", "tokens": 6, "width": width, "name": "tokens"}]
    layers += draw.choice([[], [{"kind": "positional_embedding"}]])
    for step in range(2):
        layers.append(draw.choice([
            {"kind": "attention", "heads": 2, "causal": draw.random() < 0.5},
            {"kind": "attention", "heads": 2, "kv_heads": 1, "causal": True, "rotary": True},
            {"kind": "transformer_block", "heads": 2, "causal": True, "mlp": 6},
            {"kind": "transformer_block", "heads": 1, "norm": "rms", "activation": "silu", "rotary": True},
            {"kind": "gru", "units": width},
            {"kind": "lstm", "units": width},
            {"kind": "dense", "units": width, "lora_rank": 2},
        ]))
        layers += draw.choice([[], [{"kind": "layer_norm"}], [{"kind": "rms_norm"}], [{"kind": "tanh"}]])
    layers += draw.choice([
        [{"kind": "flatten"}],
        [{"kind": "gru", "units": width, "returns": "last"}],
        [{"kind": "dense", "units": 6, "weights_of": "tokens", "bias": False}, {"kind": "flatten"}],
    ])
    layers.append({"kind": "dense", "units": CLASSES})
    return layers, [steps]


def main():
    single = Dump()
    for number, (kind, settings, shape) in enumerate(SINGLE):
        case(single, f"{number:03}_{kind}", headed({"kind": kind, **settings}, shape), given(shape))
    for number, (kind, layers, shape) in enumerate(merges(), len(SINGLE)):
        case(single, f"{number:03}_{kind}", layers, shape)
    single.write("layers")
    models = Dump()
    draw = random.Random(2026)
    for number in range(12):
        layers, shape = drawn_model(draw)
        case(models, f"{number:02}", layers, shape, seed=100 + number)
    for number in range(12, 24):
        layers, shape = drawn_sequence_model(draw)
        case(models, f"{number:02}", layers, shape, seed=100 + number)
    models.write("models")


if __name__ == "__main__":
    main()
