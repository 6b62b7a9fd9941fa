"""PyTorch as a contender: one request a line on standard input, one answer a line on standard output.

engine.py THREADS FOLDER      (requests and answers as in shared/messages.ts; FOLDER holds the case's numbers)
"""

import ctypes
import json
import os
import re
import sys
import time

import numpy
import torch

import gpt

BATCHES = 16
INPUTS = {"mnist": [28, 28, 1], "titanic": [5], "shakespeare": [64]}


def blas_name():
    """Of the library that this process has really loaded, as it names itself."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = {line.split()[-1] for line in maps if re.search(r"blas|mkl", line)}
    for path in sorted(paths):
        library = ctypes.CDLL(path)
        if hasattr(library, "openblas_get_config"):
            library.openblas_get_config.restype = ctypes.c_char_p
            return library.openblas_get_config().decode()
    return ", ".join(sorted(os.path.basename(path) for path in paths)) or "no BLAS"


def numbers(folder, case, part, kind):
    name = re.sub(r"[^a-z0-9]+", "-", case["name"])
    return torch.from_numpy(numpy.fromfile(os.path.join(folder, f"{name}.{part}"), dtype=kind))


class Net:
    """Pictures are [N, C, H, W] here; the weights come as [O, H, W, I], and after a flatten in [H, W, C] order."""

    def __init__(self, folder, case):
        self.case = case
        weights = numbers(folder, case, "weights", numpy.float32)
        at = 0

        def take(*shape):
            nonlocal at
            count = int(numpy.prod(shape))
            at += count
            return weights[at - count : at].reshape(shape)

        shape = INPUTS[case["data"]]
        flattened = None
        layers = []
        for layer in case["layers"]:
            kind = layer["kind"]
            if kind == "dense":
                steps = shape[:1] if len(shape) == 2 else []
                inputs, units = int(numpy.prod(shape[len(steps) :])), layer["units"]
                w = take(units, inputs)
                if flattened:
                    w = w.reshape(units, *flattened).permute(0, 3, 1, 2).reshape(units, inputs)
                module = torch.nn.Linear(inputs, units)
                self.set(module, w, take(units))
                shape, flattened = [*steps, units], None
            elif kind == "conv2d":
                size, filters = layer["kernel"], layer["filters"]
                module = torch.nn.Conv2d(shape[2], filters, size)
                self.set(module, take(filters, size, size, shape[2]).permute(0, 3, 1, 2), take(filters))
                shape = [shape[0] - size + 1, shape[1] - size + 1, filters]
            elif kind == "max_pool2d":
                module = torch.nn.MaxPool2d(layer["size"])
                shape = [shape[0] // layer["size"], shape[1] // layer["size"], shape[2]]
            elif kind == "relu":
                module = torch.nn.ReLU(inplace=True)
            elif kind == "flatten":
                module = torch.nn.Flatten()
                shape, flattened = [int(numpy.prod(shape))], shape
            else:
                module, shape = self.of_sequences(layer, shape)
                self.set(module, *(take(*parameter.shape) for parameter in module.parameters()))
            layers.append(module)
        self.model = torch.nn.Sequential(*layers)
        self.optimizer = self.make_optimizer(**case["training"]["optimizer"])
        self.clip_norm = case["training"].get("clip_norm")
        self.batches = self.read_batches(folder)
        self.done = 0

    @staticmethod
    def set(module, *values):
        with torch.no_grad():
            for parameter, value in zip(module.parameters(), values, strict=True):
                parameter.copy_(value)

    @staticmethod
    def of_sequences(layer, shape):
        """The module, and the shape that it leaves."""
        kind = layer["kind"]
        if kind == "embedding":
            return gpt.Embedding(layer["tokens"], layer["width"]), [*shape, layer["width"]]
        if kind == "positional_embedding":
            return gpt.PositionalEmbedding(*shape), shape
        if kind == "transformer_block":
            return gpt.Block(*shape, layer["heads"]), shape
        if kind == "layer_norm":
            return torch.nn.LayerNorm(shape[-1]), shape
        raise ValueError(f"no layer {kind} here")

    def make_optimizer(self, kind, learning_rate, **settings):
        parameters = self.model.parameters()
        if kind == "sgd":
            return torch.optim.SGD(parameters, lr=learning_rate)
        betas, eps = (settings["beta1"], settings["beta2"]), settings["epsilon"]
        decay = settings["weight_decay"]
        # All tensors at once: the faster way for many small ones.
        return torch.optim.AdamW(parameters, learning_rate, betas, eps, decay, foreach=True)

    def read_batches(self, folder):
        case = self.case
        x = numbers(folder, case, "x", numpy.float32).reshape(BATCHES, case["batch"], *INPUTS[case["data"]])
        y = numbers(folder, case, "y", numpy.int32).reshape(BATCHES, -1)
        if case["data"] == "titanic":
            self.loss = torch.nn.BCEWithLogitsLoss()
            return list(zip(x, y.float().unsqueeze(-1)))
        self.loss = torch.nn.CrossEntropyLoss()
        if case["data"] == "shakespeare":
            self.loss = lambda outputs, y: torch.nn.functional.cross_entropy(outputs.flatten(0, 1), y)
            return list(zip(x, y.long()))
        return list(zip(x.permute(0, 1, 4, 2, 3).contiguous(), y.long()))

    def run(self, steps):
        for _ in range(steps):
            x, y = self.batches[self.done % BATCHES]
            self.done += 1
            self.optimizer.zero_grad()
            loss = self.loss(self.model(x), y)
            loss.backward()
            if self.clip_norm is not None:
                torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm)
            self.optimizer.step()
        return loss.item()


class Product:
    def __init__(self, folder, case):
        size = case["size"]
        self.a = numbers(folder, case, "a", numpy.float32).reshape(size, size)
        self.b = numbers(folder, case, "b", numpy.float32).reshape(size, size)

    def run(self, steps):
        for _ in range(steps):
            product = torch.mm(self.a, self.b)
        return product[0, 0].item()


def main():
    threads, folder = int(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(threads)
    trainee = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["kind"] == "prepare":
                case = request["case"]
                trainee = Net(folder, case) if case["kind"] == "net" else Product(folder, case)
                note = f"PyTorch {torch.__version__}, {blas_name()}"
                answer = {"kind": "prepared", "note": note}
            elif request["kind"] == "measure":
                begin = time.perf_counter()
                loss = trainee.run(request["steps"])
                answer = {"kind": "measured", "ms": (time.perf_counter() - begin) * 1e3, "loss": loss}
            else:
                answer = {"kind": "memory"}
        except Exception as error:  # the bench tells it and goes on
            answer = {"kind": "failed", "text": str(error)}
        print(json.dumps(answer), flush=True)


main()
