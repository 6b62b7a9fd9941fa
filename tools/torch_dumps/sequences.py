"""The layers for sequences [N, T, E]: PyTorch's own modules where those can do it, else their formulas."""

import torch
from torch import nn
from torch.nn import functional as F


def mask_of(x, causal):
    steps = x.shape[1]
    return torch.triu(torch.full((steps, steps), float("-inf"), dtype=x.dtype), 1) if causal else None


class PlainAttention(nn.MultiheadAttention):
    def __init__(self, layer, width):
        super().__init__(width, layer["heads"], bias=layer.get("bias", True), batch_first=True)
        self.causal = layer.get("causal", False)

    def forward(self, x):
        return super().forward(x, x, x, attn_mask=mask_of(x, self.causal), need_weights=False)[0]


def rotated(x):
    """x [N, H, T, D], as Hugging Face's LLaMA does it."""
    steps, width = x.shape[2:]
    frequencies = 10000.0 ** (-torch.arange(0, width, 2, dtype=x.dtype) / width)
    angles = torch.outer(torch.arange(steps, dtype=x.dtype), frequencies)
    angles = torch.cat((angles, angles), -1)
    half = torch.cat((-x[..., width // 2 :], x[..., : width // 2]), -1)
    return x * angles.cos() + half * angles.sin()


class GeneralAttention(nn.Module):
    """Heads that share keys, rotary positions, LoRA."""

    def __init__(self, layer, width):
        super().__init__()
        self.heads, self.kv_heads = layer["heads"], layer.get("kv_heads", layer["heads"])
        self.causal, self.rotary = layer.get("causal", False), layer.get("rotary", False)
        self.rank = layer.get("lora_rank", 0)
        self.factor = layer.get("lora_alpha", self.rank) / max(self.rank, 1)
        inner = (self.heads + 2 * self.kv_heads) * width // self.heads
        self.in_proj_weight = nn.Parameter(torch.zeros(inner, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(inner)) if layer.get("bias", True) else None
        self.out_proj = nn.Linear(width, width, layer.get("bias", True))
        if self.rank > 0:
            for base in self.parameters():
                base.requires_grad_(False)
            self.in_proj_lora_A = nn.Parameter(torch.zeros(self.rank, width))
            self.in_proj_lora_B = nn.Parameter(torch.zeros(inner, self.rank))
            self.out_proj.lora_A = nn.Parameter(torch.zeros(self.rank, width))
            self.out_proj.lora_B = nn.Parameter(torch.zeros(width, self.rank))

    def beside(self, x, a, b):
        return self.factor * F.linear(F.linear(x, a), b)

    def forward(self, x):
        samples, steps, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        if self.rank > 0:
            qkv = qkv + self.beside(x, self.in_proj_lora_A, self.in_proj_lora_B)
        shared = self.kv_heads * width // self.heads
        q, k, v = (
            part.reshape(samples, steps, -1, width // self.heads).transpose(1, 2)
            for part in qkv.split([width, shared, shared], -1)
        )
        if self.rotary:
            q, k = rotated(q), rotated(k)
        k, v = (part.repeat_interleave(self.heads // self.kv_heads, 1) for part in (k, v))
        scores = q @ k.transpose(-1, -2) / (width // self.heads) ** 0.5
        mask = mask_of(x, self.causal)
        y = (scores if mask is None else scores + mask).softmax(-1) @ v
        y = y.transpose(1, 2).reshape(samples, steps, width)
        out = self.out_proj(y)
        if self.rank > 0:
            out = out + self.beside(y, self.out_proj.lora_A, self.out_proj.lora_B)
        return out


def attention(layer, shape):
    general = "kv_heads" in layer or "rotary" in layer or "lora_rank" in layer
    return (GeneralAttention if general else PlainAttention)(layer, shape[-1])


class PlainBlock(nn.TransformerEncoderLayer):
    def __init__(self, layer, width):
        super().__init__(
            width, layer["heads"], layer.get("mlp", 4 * width), dropout=0, activation=layer.get("activation", "gelu"),
            layer_norm_eps=layer.get("epsilon", 1e-5), batch_first=True, norm_first=True,
        )
        self.causal = layer.get("causal", False)

    def forward(self, x):
        return super().forward(x, mask_of(x, self.causal))


class GeneralBlock(nn.Module):
    """Norms and activations that PyTorch's has not, no biases, heads that share keys."""

    def __init__(self, layer, width, rms_norm):
        super().__init__()
        make = rms_norm if layer.get("norm") == "rms" else nn.LayerNorm
        wide, bias = layer.get("mlp", 4 * width), layer.get("bias", True)
        self.self_attn = attention(layer, [width])
        self.norm1, self.norm2 = (make(width, layer.get("epsilon", 1e-5)) for _ in range(2))
        self.linear1, self.linear2 = nn.Linear(width, wide, bias), nn.Linear(wide, width, bias)
        self.activation = {"gelu": nn.GELU(), "gelu_tanh": nn.GELU("tanh"), "relu": nn.ReLU(), "silu": nn.SiLU()}[
            layer.get("activation", "gelu")
        ]

    def forward(self, x):
        x = x + self.self_attn(self.norm1(x))
        return x + self.linear2(self.activation(self.linear1(self.norm2(x))))


def transformer_block(rms_norm):
    def make(layer, shape):
        plain = not {"kv_heads", "rotary", "norm", "bias"} & layer.keys()
        plain = plain and layer.get("activation", "gelu") in ("gelu", "relu")
        return PlainBlock(layer, shape[-1]) if plain else GeneralBlock(layer, shape[-1], rms_norm)

    return make


class Embedding(nn.Embedding):
    """Whole numbers come as reals."""

    def forward(self, x):
        return super().forward(x.long())


class PositionalEmbedding(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(shape))

    def forward(self, x):
        return x + self.weight


class Recurrent(nn.Module):
    """nn.GRU or nn.LSTM, all steps or the last one."""

    def __init__(self, kind, layer, width):
        super().__init__()
        inner = kind(width, layer["units"], batch_first=True)
        self.call = inner.forward
        self._parameters = inner._parameters
        self.last = layer.get("returns") == "last"

    def forward(self, x):
        states = self.call(x)[0]
        return states[:, -1] if self.last else states
