"""Linux: a Debian package, a tar.gz and, where its runtime is to be had, an AppImage, all from one folder."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from appimage import appimage
from common import Build, run
from desktop import desktop_files, filled

HERE = Path(__file__).resolve().parent / "linux"
ROOT = HERE.parent.parent.parent
DEBIAN_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}

CONTROL = """Package: jieli
Version: {version}
Architecture: {machine}
Maintainer: The Jieli authors <jieli@users.noreply.github.com>
Installed-Size: {size}
Depends: {depends}, fonts-noto-cjk | fonts-wqy-microhei | fonts-wqy-zenhei | fonts-arphic-uming
Recommends: gnome-keyring | kwalletmanager
Section: net
Priority: optional
Homepage: https://github.com/jieli-chat/jieli
Description: chat that hands the baton between free AI quotas
 Jieli keeps the free tokens of many providers in one place, goes on with the
 next one when one fails or runs out, tells what happened, and never costs
 money by surprise. Conversations stay on this computer, keys in the keyring.
"""

# dpkg-shlibdeps knows the names of the release it runs on; newer ones call these differently.
RENAMED = {"libglib2.0-0": "libglib2.0-0 | libglib2.0-0t64", "libssl3": "libssl3 | libssl3t64"}


def debian(build: Build, frozen: Path) -> Path:
    """`jieli_VERSION_MACHINE.deb`, installed below /usr/lib/jieli with a link in /usr/bin."""
    root = build.work / "deb"
    shutil.rmtree(root, ignore_errors=True)
    target = root / "usr/lib/jieli"
    shutil.copytree(frozen, target, symlinks=True)
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/jieli").symlink_to("../lib/jieli/jieli")
    desktop_files(build, root / "usr/share")
    documents = root / "usr/share/doc/jieli"
    documents.mkdir(parents=True)
    licence = "\n".join(f" {line}" if line else " ." for line in (ROOT / "LICENSE").read_text().splitlines())
    copyright_text = (HERE / "copyright").read_text(encoding="utf-8").replace("@LICENSE@", licence)
    (documents / "copyright").write_text(copyright_text, encoding="utf-8")
    _gzip(documents / "changelog.gz", _debian_changelog(build), build.epoch)
    overrides = root / "usr/share/lintian/overrides"
    overrides.mkdir(parents=True)
    shutil.copyfile(HERE / "lintian-overrides", overrides / "jieli")
    manual = root / "usr/share/man/man1"
    manual.mkdir(parents=True)
    _gzip(manual / "jieli.1.gz", filled(build, "jieli.1"), build.epoch)
    _modes(root, build.epoch)
    # Files alone: a folder's own size is the file system's affair.
    size = sum(p.lstat().st_size for p in root.rglob("*") if not p.is_dir()) // 1024
    about = root / "DEBIAN"
    about.mkdir()
    machine = DEBIAN_MACHINES.get(build.machine, build.machine)
    control = CONTROL.format(
        version=build.version, machine=machine, size=size, depends=_depends(build, target)
    )
    (about / "control").write_text(control, encoding="utf-8")
    (about / "md5sums").write_text(_sums(root), encoding="utf-8")
    shutil.copyfile(HERE / "postrm", about / "postrm")
    _modes(about, build.epoch)
    (about / "postrm").chmod(0o755)
    os.utime(about, (build.epoch, build.epoch))
    made = build.out / f"jieli_{build.version}_{machine}.deb"
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(build.epoch)}
    run(["dpkg-deb", "--root-owner-group", "-Zxz", "-z6", "--build", str(root), str(made)], env=environ)
    return made


def archive(build: Build, frozen: Path) -> Path:
    """`jieli-VERSION-linux-MACHINE.tar.gz`: unpack anywhere and start `jieli/jieli`."""
    made = build.out / f"jieli-{build.version}-linux-{build.machine}.tar.gz"

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = build.epoch
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    with (
        made.open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=build.epoch) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        tar.add(frozen, "jieli", recursive=False, filter=plain)
        for path in sorted(frozen.rglob("*")):
            tar.add(path, f"jieli/{path.relative_to(frozen).as_posix()}", recursive=False, filter=plain)
    return made


KINDS: dict[str, Callable[[Build, Path], Path | None]] = {"deb": debian, "tar": archive, "appimage": appimage}


def _debian_changelog(build: Build) -> str:
    date = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(build.epoch))
    return (
        f"jieli ({build.version}) unstable; urgency=medium\n\n  * See CHANGELOG.md of the sources.\n\n"
        f" -- The Jieli authors <jieli@users.noreply.github.com>  {date}\n"
    )


def _gzip(path: Path, text: str, epoch: int) -> None:
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=epoch) as packed:
        packed.write(text.encode())


def _modes(folder: Path, epoch: int) -> None:
    """Plain modes and one date for everything: only the program itself may be executed."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(
                0o755 if path.is_dir() or (path.name == "jieli" and path.is_file() and _elf(path)) else 0o644
            )
        os.utime(path, (epoch, epoch), follow_symlinks=False)


def _sums(root: Path) -> str:
    """What `dpkg --verify` compares the installed files with."""
    files = sorted(p for p in root.rglob("*") if p.is_file() and not p.is_symlink())
    lines = [
        f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {name}"
        for path in files
        if not (name := path.relative_to(root).as_posix()).startswith("DEBIAN/")
    ]
    return "\n".join(lines) + "\n"


def _elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _depends(build: Build, target: Path) -> str:
    """What the frozen libraries need of the system, asked of dpkg-shlibdeps."""
    folder = build.work / "shlibs"
    (folder / "debian").mkdir(parents=True, exist_ok=True)
    (folder / "debian/control").write_text("Source: jieli\n\nPackage: jieli\nArchitecture: any\n")
    objects = [p for p in target.rglob("*") if p.is_file() and not p.is_symlink() and _elf(p)]
    command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", f"-l{target}/_internal"]
    command += [f"-S{target}/_internal", *(f"-e{p}" for p in objects)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit("dpkg-shlibdeps is not installed here: apt-get install dpkg-dev") from None
    found = re.search(r"shlibs:Depends=(.*)", done.stdout)
    if done.returncode or found is None:
        raise SystemExit(f"dpkg-shlibdeps: {done.stderr.strip()}")
    names = []
    for entry in found[1].split(", "):
        bare = entry.split(" ")[0]
        names.append(RENAMED.get(bare, entry))
    return ", ".join(sorted(set(names)))
