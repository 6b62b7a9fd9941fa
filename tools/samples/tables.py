"""What the makers of table samples share: a split that is the same everywhere, and CSV."""

import csv
import hashlib
import io

from .common import write_atomically


def order_by_hash(name, count):
    """A fixed order of 0..count-1 that no library's random numbers can change."""
    return sorted(range(count), key=lambda i: hashlib.sha256(f"{name} {i}".encode()).digest())


def split(name, rows, label, shards, held_out_share):
    """[shard…, held-out], lists of rows, each with the label's shares of the whole."""
    held_out = []
    training = []
    order = order_by_hash(name, len(rows))
    for value in sorted({row[label] for row in rows}):
        members = [i for i in order if rows[i][label] == value]
        held = round(len(members) * held_out_share)
        held_out += members[:held]
        training += members[held:]
    position = {row: at for at, row in enumerate(order)}
    return [
        [rows[i] for i in sorted(part, key=position.__getitem__)]
        for part in (*(training[k::shards] for k in range(shards)), held_out)
    ]


def write_csv(path, columns, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, out.getvalue())


def write_sample(folder, columns, parts):
    """shard-1.csv … and held-out.csv in folder/sample."""
    *shards, held_out = parts
    (folder / "sample").mkdir(parents=True, exist_ok=True)
    for number, shard in enumerate(shards, 1):
        write_csv(folder / "sample" / f"shard-{number}.csv", columns, shard)
    write_csv(folder / "sample" / "held-out.csv", columns, held_out)


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
