"""The state_dict of an nn.Sequential as PyTorch's users save it, and what the network says of a batch.

    python3 tools/torch_dumps/state_dict.py

state_dict.safetensors has PyTorch's own names and layouts; the inputs in state_dict_run.safetensors are ours, [N, H, W, C].
"""

import json
import struct

import torch
from torch import nn

from dump import FOLDER, Dump

TYPES = {torch.float32: "F32", torch.int64: "I64"}


def save(state, path):
    """As safetensors.torch.save_file does."""
    header, at, bodies = {"__metadata__": {"format": "pt"}}, 0, []
    for name, tensor in state.items():
        body = tensor.contiguous().numpy().tobytes()
        header[name] = {
            "dtype": TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [at, at + len(body)],
        }
        at += len(body)
        bodies.append(body)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(bodies))


torch.manual_seed(5)
NETWORK = nn.Sequential(
    nn.Conv2d(3, 6, 3, padding=1),
    nn.BatchNorm2d(6),
    nn.ReLU(),
    nn.Conv2d(6, 12, 3, stride=2, padding=1, groups=6, bias=False),
    nn.GroupNorm(3, 12),
    nn.SiLU(),
    nn.Conv2d(12, 4, 1),
    nn.ConvTranspose2d(4, 5, 3, stride=2, padding=1, output_padding=1),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.LayerNorm(5 * 4 * 3),
    nn.Linear(5 * 4 * 3, 7),
    nn.GELU(),
    nn.Linear(7, 3, bias=False),
)
LAYERS = [
    {"kind": "conv2d", "filters": 6, "kernel": 3, "padding": 1},
    {"kind": "batch_norm"},
    {"kind": "relu"},
    {"kind": "depthwise_conv2d", "kernel": 3, "stride": 2, "padding": 1, "multiplier": 2, "bias": False},
    {"kind": "group_norm", "groups": 3},
    {"kind": "silu"},
    {"kind": "conv2d", "filters": 4, "kernel": 1},
    {
        "kind": "conv_transpose2d",
        "filters": 5,
        "kernel": 3,
        "stride": 2,
        "padding": 1,
        "output_padding": 1,
    },
    {"kind": "max_pool2d", "size": 2},
    {"kind": "flatten"},
    {"kind": "layer_norm"},
    {"kind": "dense", "units": 7},
    {"kind": "gelu"},
    {"kind": "dense", "units": 3, "bias": False},
]

with torch.no_grad():
    for _ in range(3):  # running statistics that are not the first ones
        NETWORK(torch.randn(8, 3, 8, 6) * 2 + 1)
    for name, parameter in NETWORK.named_parameters():
        if parameter.dim() == 1:  # norms and biases begin as ones and zeros
            parameter.add_(0.3 * torch.randn_like(parameter))
    save(NETWORK.state_dict(), FOLDER / "state_dict.safetensors")
    images = torch.randn(5, 3, 8, 6)
    outputs = NETWORK.double().eval()(images.double())

dump = Dump()
description = {
    "input": [8, 6, 3],
    "classes": 3,
    "loss": {"kind": "softmax_cross_entropy"},
    "model": {"seed": 0, "layers": LAYERS},
}
dump.add("network", description, {"inputs": images.permute(0, 2, 3, 1), "judged": outputs})
dump.write("state_dict_run")
