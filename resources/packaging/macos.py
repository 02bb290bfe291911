"""macOS: `Jieli.app` in a disk image, one for each architecture; signed and notarised where variables say so.

`JIELI_CODESIGN_IDENTITY` names the certificate. For the notary either `JIELI_NOTARY_PROFILE`, stored by
`xcrun notarytool store-credentials`, or an App Store Connect key: `JIELI_NOTARY_KEY` (the file),
`JIELI_NOTARY_KEY_ID` and `JIELI_NOTARY_ISSUER`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from common import Build, run, say


def image(build: Build, frozen: Path) -> Path:
    """`Jieli-VERSION-macos-MACHINE.dmg` with the program and a link to the Applications folder."""
    app = frozen.parent / "Jieli.app"
    identity = os.environ.get("JIELI_CODESIGN_IDENTITY")
    if identity:
        # PyInstaller has signed every part from the inside out; signing the whole again would undo that.
        run(["codesign", "--verify", "--deep", "--strict", "--verbose=2", str(app)])
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
    if identity:
        run(["codesign", "--timestamp", "--sign", identity, str(made)])
        if credentials := notary(os.environ):
            run(["xcrun", "notarytool", "submit", str(made), *credentials, "--wait", "--timeout", "30m"])
            run(["xcrun", "stapler", "staple", str(made)])
        else:
            say("not notarised: neither JIELI_NOTARY_PROFILE nor JIELI_NOTARY_KEY is set")
    return made


def notary(environ: Mapping[str, str]) -> list[str]:
    """How `notarytool` is told who we are; empty when nobody says."""
    if profile := environ.get("JIELI_NOTARY_PROFILE"):
        return ["--keychain-profile", profile]
    key, number, issuer = (environ.get(f"JIELI_NOTARY_{name}") for name in ("KEY", "KEY_ID", "ISSUER"))
    return ["--key", key, "--key-id", number, "--issuer", issuer] if key and number and issuer else []


KINDS: dict[str, Callable[[Build, Path], Path | None]] = {"dmg": image}
