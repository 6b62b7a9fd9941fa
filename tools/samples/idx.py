"""Pictures and labels as IDX files (the format of MNIST), gzipped: what an image task's sample is."""

import gzip
import shutil
import struct

from .common import SampleError, say


def idx(values, extents):
    """IDX: two zero bytes, type 8 (unsigned byte), rank, big-endian extents, then the bytes."""
    return struct.pack(f">HBB{len(extents)}I", 0, 8, len(extents), *extents) + values


def values_of(name, content, extents):
    """The bytes behind the header, which must say exactly these extents."""
    header = idx(b"", extents)
    count = 1
    for extent in extents:
        count *= extent
    if not content.startswith(header) or len(content) != len(header) + count:
        raise SampleError(f"{name} is not an IDX file of {extents}")
    return content[len(header) :]


def read_values(path):
    """The bytes behind the header of a gzipped file, whatever its extents."""
    content = gzip.decompress(path.read_bytes())
    if len(content) < 4 or content[:3] != b"\0\0\x08" or len(content) < 4 + 4 * content[3]:
        raise SampleError(f"{path} is not an IDX file of bytes")
    return content[4 + 4 * content[3] :]


def write_part(folder, name, images, labels, side=28):
    count = len(labels)
    for kind, content in (
        ("images", idx(images, [count, side, side])),
        ("labels", idx(labels, [count])),
    ):
        packed = gzip.compress(content, compresslevel=6, mtime=0)
        (folder / f"{name}-{kind}.idx.gz").write_bytes(packed)


def pick(images, labels, rows, side=28):
    """(images, labels) of some of the pictures."""
    size = side * side
    return (
        b"".join(images[row * size : (row + 1) * size] for row in rows),
        bytes(labels[row] for row in rows),
    )


def make_sample(folder, stamp, read, shards):
    """Makes folder/sample of training pictures, cut into shards in their own order, and test ones.

    `stamp` says of which source and form it is: nothing is done where the same one stands there.
    `read` gives the four lists of bytes: training images and labels, test images and labels.
    """
    sample = folder / "sample"
    note = sample / "made-from.txt"
    if note.is_file() and note.read_text(encoding="utf-8") == stamp:
        return
    images, labels, test_images, test_labels = read()
    say(f"making {sample} …")
    part = folder / "sample.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    each = len(labels) // shards
    for k in range(shards):
        rows = range(k * each, (k + 1) * each)
        write_part(part, f"shard-{k + 1}", *pick(images, labels, rows))
    write_part(part, "held-out", test_images, test_labels)
    (part / note.name).write_text(stamp, encoding="utf-8")
    shutil.rmtree(sample, ignore_errors=True)
    part.rename(sample)
