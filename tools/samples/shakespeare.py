"""shakespeare: four committed shards of the text that is known as Tiny Shakespeare, and its end held
out.

The source is that file: 1,115,394 characters of plays, the parts of their speakers one after the other.
Its first nine tenths are for learning, as everybody splits it, the rest judges the model.
"""

from .common import SampleError, check_sum, say, write_atomically

SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
SHARDS = 4


def cuts(text, count):
    """Where `count` parts of about equal length end, each after a speaker's part."""
    ends = [text.index("\n\n", len(text) * part // count) + 2 for part in range(1, count)]
    return [*ends, len(text)]


def prepare(folder, source):
    if not source.is_file():
        raise SampleError(f"{source} is not a file")
    check_sum(source, "sha256", SHA256)
    text = source.read_text(encoding="utf-8")
    training = text[: len(text) * 9 // 10]
    sample = folder / "sample"
    sample.mkdir(parents=True, exist_ok=True)
    begin = 0
    for number, end in enumerate(cuts(training, SHARDS), 1):
        write_atomically(sample / f"shard-{number}.txt", training[begin:end])
        begin = end
    write_atomically(sample / "held-out.txt", text[len(training) :])
    say(f"{folder}: {len(training)} characters in {SHARDS} shards, {len(text) - len(training)} held out")
