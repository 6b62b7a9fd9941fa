"""What a small GPT is made of. Parameters stand in the order in which the bench hands them over."""

import torch
from torch import nn


class Embedding(nn.Embedding):
    """Characters come as floats."""

    def forward(self, x):
        return super().forward(x.long())


class PositionalEmbedding(nn.Module):
    def __init__(self, steps, width):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(steps, width))

    def forward(self, x):
        return x + self.weight


class Block(nn.Module):
    """The norms first, causal. By hand, which in 1.13 is 2 to 3 % faster than nn.TransformerEncoderLayer."""

    def __init__(self, steps, width, heads):
        super().__init__()
        self.heads = heads
        self.in_proj, self.out_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.linear1, self.linear2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.gelu = nn.GELU()
        self.register_buffer("mask", torch.triu(torch.full((steps, steps), float("-inf")), 1))

    def attention(self, x):
        samples, steps, width = x.shape
        of_head = width // self.heads
        q, k, v = (
            part.view(samples, steps, self.heads, of_head).transpose(1, 2) for part in self.in_proj(x).split(width, -1)
        )
        scores = (q * of_head**-0.5) @ k.transpose(-1, -2) + self.mask
        y = scores.softmax(-1) @ v
        return self.out_proj(y.transpose(1, 2).reshape(samples, steps, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.linear2(self.gelu(self.linear1(self.norm2(x))))
