"""The preprocessing constants of a task, computed from its sample's training shards.

Tables: mean, deviation and the value for an empty cell of every number, the values of every
category. Pictures: mean and deviation of each channel. Texts: the characters. Participants never compute them: theirs
would differ.
"""

import collections
import json
import math
import statistics

from .common import SampleError, readable_json, write_atomically
from .idx import read_values
from .tables import read_csv


def short(number):
    """Four decimals; whole numbers without any."""
    rounded = round(number, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def fill_in_column(column, training, may_lack):
    cells = [row[column["name"]] for row in training]
    known = [c for c in cells if c != ""]
    if column["kind"] == "number":
        median = statistics.median(map(float, known))
        filled = [float(c) if c != "" else median for c in cells]
        column["mean"] = short(statistics.fmean(filled))
        column["deviation"] = short(statistics.pstdev(filled))
        replacement = short(median)
    else:
        column["values"] = sorted(set(known))
        replacement = max(column["values"], key=known.count)
    column.pop("missing", None)
    if may_lack:
        column["missing"] = replacement


def fill_in_table(folder, data, sample):
    training = [row for part in sample["shards"] for row in read_csv(folder / part["table"])]
    held_out = read_csv(folder / sample["held_out"]["table"]) if "held_out" in sample else []
    for column in data["columns"]:
        name = column["name"]
        if name not in training[0]:
            raise SampleError(f"{folder}: its shards have no column {name!r}")
        # Only a column that has empty cells somewhere in the set may have them later.
        may_lack = any(row[name] == "" for row in training + held_out)
        fill_in_column(column, training, may_lack)


def fill_in_images(folder, data, sample):
    channels = data["channels"]
    counts = [collections.Counter() for _ in range(channels)]
    for part in sample["shards"]:
        pixels = read_values(folder / part["images"])
        for channel, count in enumerate(counts):
            count.update(pixels[channel::channels])
    data["mean"] = []
    data["deviation"] = []
    for count in counts:
        total = count.total()
        mean = sum(n * value for value, n in count.items()) / total / 255
        square = sum(n * value * value for value, n in count.items()) / total / 255**2
        data["mean"].append(short(mean))
        data["deviation"].append(short(math.sqrt(square - mean**2)))


def fill_in_text(folder, data, sample):
    if data["tokens"] == "characters":
        parts = [(folder / part["text"]).read_text(encoding="utf-8") for part in sample["shards"]]
        data["alphabet"] = "".join(sorted(set("".join(parts))))


def fill_in(folder, check=False):
    """Writes the constants into folder/task.json; with `check` only says whether they stand there."""
    task_file = folder / "task.json"
    if not task_file.is_file():
        raise SampleError(f"{task_file} is not a file")
    before = task_file.read_text(encoding="utf-8")
    task = json.loads(before)
    if "sample" not in task:
        raise SampleError(f"{task_file} names no sample to compute them from")
    fill = {"table": fill_in_table, "image": fill_in_images, "text": fill_in_text}[task["data"]["kind"]]
    fill(folder, task["data"], task["sample"])
    if check:
        if json.loads(before) != task:
            raise SampleError(f"{task_file}: its constants are not those of its shards")
    else:
        write_atomically(task_file, readable_json(task) + "\n")
