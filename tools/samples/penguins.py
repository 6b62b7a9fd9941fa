"""penguins: one CSV per shard from the npm package vega-datasets, whose table is JSON.

Training and held-out rows are drawn once, stratified by the label.
"""

import json
import tarfile

from .common import npm_archive
from .tables import split, write_sample

PACKAGE = "vega-datasets@3.2.1"
SHA256 = "6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3"
LABEL = "Species"
SHARDS = 4
HELD_OUT_SHARE = 0.2


def cell(value):
    """What is unknown is null in the source; one sex is a dot."""
    return "" if value is None or value == "." else str(value)


def prepare(folder):
    with tarfile.open(npm_archive(PACKAGE, SHA256)) as package:
        with package.extractfile("package/data/penguins.json") as file:
            records = json.load(file)
    rows = [{name: cell(value) for name, value in record.items()} for record in records]
    write_sample(folder, list(rows[0]), split("penguins", rows, LABEL, SHARDS, HELD_OUT_SHARE))
