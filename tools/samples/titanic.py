"""titanic: one CSV per shard from OpenML data set 40945.

Training and held-out rows are drawn once, stratified by the label.
"""

import csv
import gzip

from .common import SampleError, check_sum
from .tables import split, write_sample

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
    write_sample(folder, KEPT, split("titanic", rows, LABEL, SHARDS, HELD_OUT_SHARE))
