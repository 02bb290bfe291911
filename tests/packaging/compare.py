"""Two builds compared: what is in one and not in the other, and what differs.

    python3 -m tests.packaging.compare A B         folders or files: installers are opened, not only hashed
    python3 -m tests.packaging.compare --build     builds the newest commit twice, in two places, and compares

Ends with 0 when both are the same, else with 1 after naming every difference. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

Entries = dict[str, str]
"""Name → what it is: kind, mode, date, and the content's hash or a link's target."""


def entries(path: Path) -> Entries:
    """What a file or folder holds; packages inside it are opened, too."""
    if path.is_symlink():
        return {path.name: f"link to {path.readlink()}"}
    if path.is_file():
        return _opened(path.name, path.read_bytes())
    found: Entries = {}
    for below in sorted(p for p in path.rglob("*") if p.is_symlink() or not p.is_dir()):
        name = below.relative_to(path).as_posix()
        if below.is_symlink():
            found[name] = f"link to {below.readlink()}"
        else:
            found |= _opened(name, below.read_bytes(), f"mode {below.stat().st_mode & 0o777:o}, ")
    return found


def differences(one: Entries, other: Entries) -> list[str]:
    """Each difference as a line, sorted by name."""
    lines: list[str] = []
    for name in sorted(one.keys() | other.keys()):
        if name not in other:
            lines.append(f"only in the first: {name}")
        elif name not in one:
            lines.append(f"only in the second: {name}")
        elif one[name] != other[name]:
            lines.append(f"{name}: {one[name]} | {other[name]}")
    return lines


def _opened(name: str, data: bytes, about: str = "") -> Entries:
    found: Entries = {name: f"{about}{len(data)} bytes, {hashlib.sha256(data).hexdigest()[:16]}"}
    if name.endswith(".deb"):
        for part, content in _ar(data):
            found |= _opened(f"{name}/{part}", content)
    elif name.endswith((".tar.gz", ".tar.xz", ".tar")):
        found |= _tar(name, data)
    elif name.endswith((".zip", ".whl")):
        found |= _zip(name, data)
    return found


def _ar(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The members of a Debian package (an `ar` archive: 60 bytes of header, contents padded to even)."""
    at = 8
    while at + 60 <= len(data):
        name = data[at : at + 16].decode().strip().rstrip("/")
        size = int(data[at + 48 : at + 58])
        yield name, data[at + 60 : at + 60 + size]
        at += 60 + size + size % 2


def _tar(name: str, data: bytes) -> Entries:
    if name.endswith(".xz"):
        data = lzma.decompress(data)
    found: Entries = {}
    order: list[str] = []
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            order.append(member.name)
            about = f"mode {member.mode:o}, {member.uname or member.uid}, of {member.mtime:.0f}"
            if member.isfile():
                file = tar.extractfile(member)
                assert file is not None
                about += f", {hashlib.sha256(file.read()).hexdigest()[:16]}"
            elif member.issym():
                about += f", link to {member.linkname}"
            found[f"{name}/{member.name}"] = about
    found[f"{name}/ (order)"] = hashlib.sha256("\n".join(order).encode()).hexdigest()[:16]
    return found


def _zip(name: str, data: bytes) -> Entries:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {
            f"{name}/{entry.filename}": f"of {entry.date_time}, mode {entry.external_attr >> 16:o}, "
            + hashlib.sha256(packed.read(entry)).hexdigest()[:16]
            for entry in packed.infolist()
        }


def build(commit: str, place: Path) -> Path:
    """Package a commit, taken out of the repository into `place`; gives the folder of the installers."""
    place.mkdir()
    source = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(source.stdout)) as tar:
        tar.extractall(place, filter="data")
    when = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct", commit]
    epoch = subprocess.run(when, capture_output=True, text=True, check=True).stdout.strip()
    environ = {**os.environ, "SOURCE_DATE_EPOCH": epoch}
    subprocess.run([sys.executable, str(place / "dev.py"), "package"], env=environ, check=True, stdout=2)
    return place / "dist"


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.packaging.compare", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--build", nargs="?", const="HEAD", metavar="COMMIT", help="build COMMIT (HEAD) twice"
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="A B")
    options = parser.parse_args()
    if options.build:
        with tempfile.TemporaryDirectory(prefix="jieli-twice-") as folder:
            # Names of different length: a place that is written into a file shifts what follows it.
            one, other = (entries(build(options.build, Path(folder, name))) for name in ("a", "another"))
    elif len(options.paths) == 2:
        one, other = map(entries, options.paths)
    else:
        parser.error("give two builds, or --build")
    found = differences(one, other)
    print("\n".join([*found, f"{len(one)} entries, {len(found)} differences"]))  # noqa: T201 - a command
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
