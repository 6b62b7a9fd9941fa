"""titanic: one CSV per shard from OpenML data set 40945, and the constants in task.json.

Training and held-out rows are drawn once, stratified by the label; every constant (mean,
deviation, value for an empty cell) comes from the training rows alone.
"""

import csv
import gzip
import hashlib
import io
import json
import statistics

from .common import SampleError, check_sum, readable_json, say, write_atomically

MD5 = "60ac7205eee0ba5045c90b3bba95b1c4"  # as OpenML states it for the unpacked file
LABEL = "survived"
# boat and body tell who survived; name, ticket, cabin and home.dest name single people.
KEPT = ["pclass", LABEL, "sex", "age", "sibsp", "parch", "fare", "embarked"]
SHARDS = 4
HELD_OUT_SHARE = 0.2


def read_arff(path):
    """Rows as {attribute: text}; '' where the value is unknown."""
    names = []
    rows = []
    in_data = False
    for line in path.read_text(encoding="utf-8").splitlines():
        if in_data:
            cells = next(csv.reader([line]))
            rows.append({n: "" if c == "?" else c for n, c in zip(names, cells, strict=True)})
        elif line.startswith("@attribute"):
            names.append(line.split("'")[1])
        elif line.startswith("@data"):
            in_data = True
    return rows


def order_by_hash(count):
    """A fixed order of 0..count-1 that no library's random numbers can change."""
    return sorted(range(count), key=lambda i: hashlib.sha256(f"titanic {i}".encode()).digest())


def split(rows):
    """(training shards, held-out rows), each with the label's shares of the whole."""
    held_out = []
    training = []
    order = order_by_hash(len(rows))
    for label in ("0", "1"):
        members = [i for i in order if rows[i][LABEL] == label]
        held = round(len(members) * HELD_OUT_SHARE)
        held_out += members[:held]
        training += members[held:]
    shards = [training[k::SHARDS] for k in range(SHARDS)]
    position = {row: at for at, row in enumerate(order)}
    return [
        [rows[i] for i in sorted(part, key=position.__getitem__)] for part in (*shards, held_out)
    ]


def write_csv(path, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, KEPT, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, out.getvalue())


def short(number):
    """Four decimals; whole numbers without any."""
    rounded = round(number, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def fill_in_constants(column, training, may_lack):
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


def prepare(folder, source):
    if not source.is_file():
        raise SampleError(f"{source} is not a file")
    if source.suffix == ".gz":
        unpacked = folder / source.stem
        unpacked.write_bytes(gzip.decompress(source.read_bytes()))
        try:
            check_sum(unpacked, "md5", MD5)
            rows = read_arff(unpacked)
        finally:
            unpacked.unlink()
    else:
        check_sum(source, "md5", MD5)
        rows = read_arff(source)

    *shards, held_out = split(rows)
    (folder / "sample").mkdir(parents=True, exist_ok=True)
    for number, shard in enumerate(shards, 1):
        write_csv(folder / "sample" / f"shard-{number}.csv", shard)
    write_csv(folder / "sample" / "held-out.csv", held_out)

    task_file = folder / "task.json"
    task = json.loads(task_file.read_text(encoding="utf-8"))
    training = [row for shard in shards for row in shard]
    for column in task["data"]["columns"]:
        # Only a column that has empty cells somewhere in the set may have them later.
        may_lack = any(row[column["name"]] == "" for row in training + held_out)
        fill_in_constants(column, training, may_lack)
    write_atomically(task_file, readable_json(task) + "\n")
    say(f"{folder}: {len(training)} training rows in {SHARDS} shards, {len(held_out)} held out")
