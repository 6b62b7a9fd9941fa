"""Ten steps of a small net by every optimizer and schedule, and every loss with its gradient. Writes training.safetensors
and losses.safetensors. A case's description is "training" of a task.json, or its "loss"."""

import torch
from torch.nn import functional as F
from torch.optim import lr_scheduler

from dump import Dump, float32

STEPS, BATCH, INPUTS, UNITS, CLASSES = 10, 4, 5, 7, 3


class Lion(torch.optim.Optimizer):
    """Chen et al., "Symbolic discovery of optimization algorithms" (2023), algorithm 2."""

    def __init__(self, params, lr, beta1=0.9, beta2=0.99, weight_decay=0):
        super().__init__(params, {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                c = group["beta1"] * m + (1 - group["beta1"]) * p.grad
                p.sub_(group["lr"] * (c.sign() + group["weight_decay"] * p))
                m.mul_(group["beta2"]).add_((1 - group["beta2"]) * p.grad)


def optimizer_of(settings, groups):
    settings = dict(settings)
    kind = settings.pop("kind")
    settings.pop("decay_biases", None)
    rate = settings.pop("learning_rate")
    if kind in ("adam", "adamw"):
        settings["betas"] = (settings.pop("beta1", 0.9), settings.pop("beta2", 0.999))
    if "epsilon" in settings:
        settings["eps"] = settings.pop("epsilon")
    kinds = {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
        "adagrad": torch.optim.Adagrad,
        "lion": Lion,
    }
    return kinds[kind](groups, lr=rate, **settings)


def schedule_of(settings, optimizer):
    rate = optimizer.param_groups[0]["lr"]
    kind, warm_up = settings["kind"], settings.get("warm_up", 0)
    if kind == "step":
        return lr_scheduler.StepLR(optimizer, settings["every"], settings.get("factor", 0.1))
    if kind == "one_cycle":
        return lr_scheduler.OneCycleLR(optimizer, rate, total_steps=settings["steps"], cycle_momentum=False)
    if warm_up == 0:
        return lr_scheduler.CosineAnnealingLR(optimizer, settings["steps"], rate * settings.get("last", 0))
    warm = lr_scheduler.LinearLR(optimizer, 1 / warm_up, 1, warm_up - 1)
    rest = lr_scheduler.CosineAnnealingLR(optimizer, settings["steps"] - warm_up)
    return lr_scheduler.SequentialLR(optimizer, [warm, rest], [warm_up])


def steps(dump, name, training, generator):
    net = torch.nn.Sequential(torch.nn.Linear(INPUTS, UNITS), torch.nn.ReLU(), torch.nn.Linear(UNITS, CLASSES)).double()
    with torch.no_grad():
        for value in net.parameters():
            value.copy_(float32(torch.rand(value.shape, generator=generator, dtype=torch.float64) - 0.5))
    tensors = {f"before/{key}": value.clone() for key, value in net.state_dict().items()}
    x = float32(torch.randn(STEPS, BATCH, INPUTS, generator=generator, dtype=torch.float64))
    y = torch.randint(CLASSES, (STEPS, BATCH), generator=generator)
    settings = training["optimizer"]
    groups = [{"params": list(net.parameters())}]
    if settings.get("decay_biases") is False:
        groups = [
            {"params": [p for p in net.parameters() if p.dim() > 1]},
            {"params": [p for p in net.parameters() if p.dim() == 1], "weight_decay": 0},
        ]
    optimizer = optimizer_of(settings, groups)
    schedule = schedule_of(training["schedule"], optimizer) if "schedule" in training else None
    accumulate = training.get("accumulate", 1)
    average = [p.detach().clone() for p in net.parameters()]
    moves, losses = 0, []
    for step in range(STEPS):
        loss = F.cross_entropy(net(x[step]), y[step])
        losses.append(loss.detach())
        (loss / accumulate).backward()
        if (step + 1) % accumulate:
            continue
        if "clip_norm" in training:
            torch.nn.utils.clip_grad_norm_(net.parameters(), training["clip_norm"])
        optimizer.step()
        optimizer.zero_grad()
        if schedule:
            schedule.step()
        moves += 1
        keep = min(training.get("ema", 0), (1 + moves) / (10 + moves))
        for mean, p in zip(average, net.parameters()):
            mean.mul_(keep).add_((1 - keep) * p.detach())
    tensors |= {f"after/{key}": value for key, value in net.state_dict().items()}
    if "ema" in training:
        keys = [key for key, _ in net.named_parameters()]
        tensors |= {f"average/{key}": value for key, value in zip(keys, average)}
    tensors |= {"x": x, "y": y, "losses": torch.stack(losses)}
    dump.add(name, {"batch_size": BATCH, **training}, tensors)


def all_steps():
    generator = torch.Generator().manual_seed(11)
    dump = Dump()
    sgd = {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9}
    cases = {
        "sgd": {"kind": "sgd", "learning_rate": 0.1},
        "sgd decayed": {**sgd, "weight_decay": 0.1},
        "sgd nesterov": {**sgd, "nesterov": True, "weight_decay": 0.01},
        "adam": {"kind": "adam", "learning_rate": 0.01},
        "adam decayed": {"kind": "adam", "learning_rate": 0.01, "beta1": 0.8, "epsilon": 0.001, "weight_decay": 0.1},
        "adamw": {"kind": "adamw", "learning_rate": 0.01},
        "adamw weights only": {"kind": "adamw", "learning_rate": 0.01, "weight_decay": 1, "decay_biases": False},
        "rmsprop": {"kind": "rmsprop", "learning_rate": 0.001},
        "rmsprop momentum": {"kind": "rmsprop", "learning_rate": 0.001, "momentum": 0.5, "alpha": 0.9, "weight_decay": 0.1},
        "adagrad": {"kind": "adagrad", "learning_rate": 0.01, "weight_decay": 0.1},
        "lion": {"kind": "lion", "learning_rate": 0.001, "weight_decay": 0.1},
        "lion betas": {"kind": "lion", "learning_rate": 0.01, "beta1": 0.8, "beta2": 0.6},
    }
    for name, settings in cases.items():
        steps(dump, name, {"optimizer": settings}, generator)
    for name, settings in {
        "step": {"kind": "step", "every": 3, "factor": 0.5},
        "cosine": {"kind": "cosine", "steps": 12, "last": 0.1},
        "cosine warmed up": {"kind": "cosine", "steps": 10, "warm_up": 4},
        "one cycle": {"kind": "one_cycle", "steps": 10},
    }.items():
        steps(dump, name, {"optimizer": sgd, "schedule": settings}, generator)
    steps(dump, "clipped", {"optimizer": sgd, "clip_norm": 0.3}, generator)
    steps(dump, "accumulated", {"optimizer": sgd, "accumulate": 3, "clip_norm": 0.3}, generator)
    steps(dump, "average", {"optimizer": sgd, "ema": 0.3}, generator)
    dump.write("training")


def all_losses():
    generator = torch.Generator().manual_seed(12)
    dump = Dump()

    def add(name, loss, classes, of):
        width = classes if loss["kind"].startswith("softmax") else 1
        x = float32(3 * torch.randn(9, width, generator=generator, dtype=torch.float64)).requires_grad_()
        numbers = float32(3 * torch.randn(9, generator=generator, dtype=torch.float64))
        y = torch.randint(classes, (9,), generator=generator) if classes else numbers
        value = of(x, y)
        value.backward()
        dump.add(name, {"classes": classes, "loss": loss}, {"x": x, "y": y, "value": value, "gradient": x.grad})

    softmax = {"kind": "softmax_cross_entropy"}
    weights = [0.5, 2, 0, 1]
    weight = torch.tensor(weights, dtype=torch.float64)
    add("softmax", softmax, 4, F.cross_entropy)
    add("softmax smooth", {**softmax, "label_smoothing": 0.1}, 4, lambda x, y: F.cross_entropy(x, y, label_smoothing=0.1))
    add("softmax weighted", {**softmax, "class_weights": weights}, 4, lambda x, y: F.cross_entropy(x, y, weight))
    add(
        "softmax all",
        {**softmax, "class_weights": weights, "label_smoothing": 0.2, "ignore_index": 1},
        4,
        lambda x, y: F.cross_entropy(x, y, weight, label_smoothing=0.2, ignore_index=1),
    )
    add(
        "sigmoid",
        {"kind": "sigmoid_binary_cross_entropy"},
        2,
        lambda x, y: F.binary_cross_entropy_with_logits(x[:, 0], y.double()),
    )
    add("squared", {"kind": "mean_squared_error"}, 0, lambda x, y: F.mse_loss(x[:, 0], y))
    add("absolute", {"kind": "mean_absolute_error"}, 0, lambda x, y: F.l1_loss(x[:, 0], y))
    add("huber", {"kind": "huber", "delta": 1.5}, 0, lambda x, y: F.huber_loss(x[:, 0], y, delta=1.5))
    dump.write("losses")


if __name__ == "__main__":
    all_steps()
    all_losses()
