"""A file of cases in the safetensors format: u64 length, JSON header, numbers. tests/parity/README.md says what a case is."""

import json
import pathlib
import struct

import torch

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "tests/parity/torch"


class Dump:
    def __init__(self):
        self.metadata = {}
        self.tensors = {}

    def add(self, case, description, tensors):
        """description: what the test builds, as an object of JSON; tensors: name → numbers."""
        self.metadata[case] = json.dumps(description, separators=(",", ":"))
        for name, tensor in tensors.items():
            self.tensors[f"{case}/{name}"] = tensor.detach().to(torch.float32).contiguous()

    def write(self, family):
        header = {"__metadata__": self.metadata}
        at = 0
        for name, tensor in self.tensors.items():
            size = tensor.numel() * 4
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + size]}
            at += size
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        FOLDER.mkdir(exist_ok=True)
        path = FOLDER / f"{family}.safetensors"
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            for tensor in self.tensors.values():
                file.write(tensor.numpy().astype("<f4").tobytes())
        print(f"{path.name}: {len(self.metadata)} cases, {path.stat().st_size} bytes")


def float32(tensor):
    """Doubles that are floats too: what the test reads is what was computed with."""
    return tensor.to(torch.float32).to(torch.float64)
