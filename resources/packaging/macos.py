"""macOS: `Jieli.app` in a disk image, one for each architecture; signed and notarised where variables say so.

`JIELI_CODESIGN_IDENTITY` names the certificate; `JIELI_NOTARY_PROFILE` the stored notarytool credentials.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from common import Build, run, say

HERE = Path(__file__).resolve().parent / "macos"


def image(build: Build, frozen: Path) -> Path:
    """`Jieli-VERSION-macos-MACHINE.dmg` with the program and a link to the Applications folder."""
    app = frozen.parent / "Jieli.app"
    identity = os.environ.get("JIELI_CODESIGN_IDENTITY")
    if identity:
        sign = ["codesign", "--force", "--deep", "--options", "runtime", "--timestamp"]
        run([*sign, "--entitlements", str(HERE / "entitlements.plist"), "--sign", identity, str(app)])
    else:
        say("not signed: JIELI_CODESIGN_IDENTITY is not set")
    stage = build.work / "dmg"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    # ditto keeps the links inside frameworks, which copying would break.
    run(["ditto", str(app), str(stage / "Jieli.app")])
    (stage / "Applications").symlink_to("/Applications")
    made = build.out / f"Jieli-{build.version}-macos-{build.machine}.dmg"
    make = ["hdiutil", "create", "-volname", "Jieli", "-srcfolder", str(stage), "-ov", "-format", "ULFO"]
    run([*make, str(made)])
    profile = os.environ.get("JIELI_NOTARY_PROFILE")
    if identity and profile:
        run(["xcrun", "notarytool", "submit", str(made), "--keychain-profile", profile, "--wait"])
        run(["xcrun", "stapler", "staple", str(made)])
    return made


KINDS: dict[str, Callable[[Build, Path], Path | None]] = {"dmg": image}
