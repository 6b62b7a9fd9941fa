"""fashion_mnist: ten shards of 6000 training images and the 10,000 test images, gzipped IDX.

They come from the Debian package dataset-fashion-mnist, which is fetched but not installed.
"""

import getpass
import gzip
import hashlib
import io
import tarfile

from .common import SampleError, cache_folder, downloads, run, say
from .idx import make_sample, values_of

PACKAGE = "dataset-fashion-mnist"
INSIDE = "./usr/share/datasets/fashion-mnist/"
# Of the four files within: the package's own checksum differs from one Debian release to the next.
FILES = {
    "train-images-idx3-ubyte.gz": (
        [60000, 28, 28],
        "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
    ),
    "train-labels-idx1-ubyte.gz": (
        [60000],
        "0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056",
    ),
    "t10k-images-idx3-ubyte.gz": (
        [10000, 28, 28],
        "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        [10000],
        "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
    ),
}
SHARDS = 10


def fetch():
    """The package's file in the cache folder."""
    folder = downloads()
    archives = sorted(folder.glob(f"{PACKAGE}_*.deb"))
    if archives:
        return archives[-1]
    say(f"fetching {PACKAGE} …")
    # apt's own helper user may not write here.
    download = ["apt-get", "-o", f"APT::Sandbox::User={getpass.getuser()}"]
    try:
        run([*download, "download", PACKAGE], cwd=folder)
    except SampleError:
        # No package lists, or old ones: a private copy, since the machine's own need root.
        lists = cache_folder() / "apt-lists"
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        (lists / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        download += ["-o", f"Dir::State::lists={lists}", "-o", f"Dir::Cache={lists / 'cache'}"]
        run([*download, "update"])
        run([*download, "download", PACKAGE], cwd=folder)
    archives = sorted(folder.glob(f"{PACKAGE}_*.deb"))
    if not archives:
        raise SampleError(f"apt-get download {PACKAGE} left no file in {folder}")
    return archives[-1]


def read():
    content = run(["dpkg-deb", "--fsys-tarfile", fetch()])
    parts = []
    with tarfile.open(fileobj=io.BytesIO(content)) as package:
        for name, (extents, sha256) in FILES.items():
            with package.extractfile(INSIDE + name) as file:
                packed = file.read()
            if hashlib.sha256(packed).hexdigest() != sha256:
                raise SampleError(f"{PACKAGE}: {name} is not the file that was expected")
            parts.append(values_of(name, gzip.decompress(packed), extents))
    return parts


def prepare(folder):
    sums = " ".join(sha256[:16] for _, sha256 in FILES.values())
    make_sample(folder, f"{PACKAGE} {sums} shards={SHARDS}\n", read, SHARDS)
