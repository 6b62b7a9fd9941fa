"""chest_xray: four committed shards of the training pictures of PneumoniaMNIST, the validation
pictures, and the test pictures held out.

The source is a folder with the six IDX files pneumonia-{train,val,test}-{images-idx3,labels-idx1}-
ubyte.gz: the pictures of MedMNIST v2's PneumoniaMNIST at 28 x 28 in their own order.
"""

import gzip

from .common import SampleError, check_sum, say
from .idx import pick, values_of, write_part

# count, SHA-256 of the images' file, of the labels' file
PARTS = {
    "train": (
        4708,
        "2cd317b70ec74589b5f09e050de9fbec6436b8032da4211520968f14a4592a8d",
        "12afb301dbbd3b0acdf91c3648dc9719b8d5a7c3341aae0e3662303e53fb0a9b",
    ),
    "val": (
        524,
        "0761e7d084c774b6c6fb54fce8088e3a9ab3ca7dd17ed14ef425e2d7670202e1",
        "4a858861e4b8baede8542e7cba3e0cb7d87401147a2dff591a59a20fe64a138b",
    ),
    "test": (
        624,
        "f02110b88c7a326c4ee158f15819c9891cf25944fa2038b1213aa9230293d7a3",
        "e71d1a9a3e2403106a53505547b7de1b899ac2cd86512e830c7310e9c04bab2c",
    ),
}
SHARDS = 4


def read_part(source, part):
    count, *sums = PARTS[part]
    content = []
    for kind, extents, sha256 in zip(
        ("images-idx3", "labels-idx1"), ([count, 28, 28], [count]), sums, strict=True
    ):
        path = source / f"pneumonia-{part}-{kind}-ubyte.gz"
        if not path.is_file():
            raise SampleError(f"{path} is not a file")
        check_sum(path, "sha256", sha256)
        content.append(values_of(path.name, gzip.decompress(path.read_bytes()), extents))
    return content


def prepare(folder, source):
    sample = folder / "sample"
    sample.mkdir(parents=True, exist_ok=True)
    images, labels = read_part(source, "train")
    # Every fourth picture of each label: the label's share is the same in all shards.
    by_label = [row for label in (0, 1) for row in range(len(labels)) if labels[row] == label]
    for k in range(SHARDS):
        write_part(sample, f"shard-{k + 1}", *pick(images, labels, sorted(by_label[k::SHARDS])))
    write_part(sample, "validation", *read_part(source, "val"))
    write_part(sample, "held-out", *read_part(source, "test"))
    say(f"{folder}: {len(labels)} training pictures in {SHARDS} shards, 524 + 624 held out")
