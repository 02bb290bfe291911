"""An AppImage: the program's folder as a squashed file system behind a small program that mounts it.

The small program is the AppImage project's "type 2 runtime", static, so that the user needs no libfuse2
(https://github.com/AppImage/type2-runtime). It is fetched by whoever builds, checked against its sum here,
and named by `JIELI_APPIMAGE_RUNTIME`; `mksquashfs` is of Debian's squashfs-tools. Nothing else is needed: an
AppImage is these two, one behind the other.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from common import Build, run, say
from desktop import METAINFO, desktop_files

HERE = Path(__file__).resolve().parent / "linux"

RUNTIME = "https://github.com/AppImage/type2-runtime/releases/download/20251108/runtime-x86_64"
RUNTIME_SHA256 = {"x86_64": "2fca8b443c92510f1483a883f60061ad09b46b978b2631c807cd873a47ec260d"}
"""Of the release above, as its page and many projects that pin it say (looked up 2026-11-22)."""

START = """#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/usr/lib/jieli/jieli" "$@"
"""


def appimage(build: Build, frozen: Path) -> Path | None:
    """`Jieli-VERSION-MACHINE.AppImage`; None, with a sentence, where runtime or `mksquashfs` are not here."""
    runtime = os.environ.get("JIELI_APPIMAGE_RUNTIME")
    if not runtime:
        say(f"no AppImage is made: JIELI_APPIMAGE_RUNTIME does not name the file of {RUNTIME}")
        return None
    if not shutil.which("mksquashfs"):
        say("no AppImage is made: mksquashfs is not installed here (Debian: squashfs-tools)")
        return None
    head = checked(Path(runtime), build.machine)
    root = laid_out(build, frozen)
    body = build.work / "Jieli.squashfs"
    body.unlink(missing_ok=True)
    # One order, one owner, one date: the same folder always becomes the same bytes.
    squash = ["mksquashfs", str(root), str(body), "-noappend", "-quiet", "-no-progress", "-no-xattrs"]
    squash += ["-all-root", "-comp", "zstd", "-Xcompression-level", "19", "-b", "256K", "-reproducible"]
    run(squash, env={**os.environ, "SOURCE_DATE_EPOCH": str(build.epoch)})
    made = build.out / f"Jieli-{build.version}-{build.machine}.AppImage"
    made.write_bytes(head + body.read_bytes())
    made.chmod(0o755)
    return made


def checked(runtime: Path, machine: str) -> bytes:
    """The runtime's bytes. Ends the build when they are not those we know."""
    try:
        data = runtime.read_bytes()
    except OSError as error:
        raise SystemExit(f"JIELI_APPIMAGE_RUNTIME: {error}") from None
    found, wanted = hashlib.sha256(data).hexdigest(), RUNTIME_SHA256.get(machine)
    if found != wanted:
        raise SystemExit(f"{runtime} is not the runtime we know for {machine}: {found}, not {wanted}")
    return data


def laid_out(build: Build, frozen: Path) -> Path:
    """The folder an AppImage holds: `AppRun`, the menu entry and the icon on top, the rest below `usr`."""
    root = build.work / "Jieli.AppDir"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(frozen, root / "usr/lib/jieli", symlinks=True)
    desktop_files(build, root / "usr/share")
    # Desktop tools look for the older name, too.
    old = METAINFO.replace(".metainfo.", ".appdata.")
    (root / "usr/share/metainfo" / old).symlink_to(METAINFO)
    shutil.copyfile(HERE / "jieli.desktop", root / "jieli.desktop")
    shutil.copyfile(HERE / "icons/256.png", root / "jieli.png")
    (root / ".DirIcon").symlink_to("jieli.png")
    start = root / "AppRun"
    start.write_text(START)
    start.chmod(0o755)
    for path in (root, *root.rglob("*")):
        os.utime(path, (build.epoch, build.epoch), follow_symlinks=False)
    return root
