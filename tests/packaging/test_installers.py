"""What each system's script makes of a frozen folder: which tools it calls, and twice the same bytes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.packaging import compare

ROOT = Path(__file__).resolve().parents[2]
Script = Callable[[str], Any]


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """A small folder in the shape of what PyInstaller leaves."""
    folder = tmp_path / "dist" / "jieli"
    (folder / "_internal" / "resources").mkdir(parents=True)
    (folder / "jieli").write_bytes(b"\x7fELF program")
    (folder / "jieli").chmod(0o755)
    (folder / "_internal" / "libssl.so.3").write_bytes(b"\x7fELF library")
    (folder / "_internal" / "libssl.so").symlink_to("libssl.so.3")
    (folder / "_internal" / "resources" / "接力.json").write_text("{}", encoding="utf-8")
    return folder


def a_build(script: Script, tmp_path: Path, out: str = "out") -> Any:
    (tmp_path / out).mkdir(exist_ok=True)
    return script("common").Build("1.2.3", 1_700_000_000, tmp_path, tmp_path / out, "x86_64")


def recorded(monkeypatch: pytest.MonkeyPatch, module: Any) -> list[list[str]]:
    """Have `run` of a script only take notes."""
    called: list[list[str]] = []

    def run(command: Sequence[str], **_: object) -> None:
        called.append([str(word) for word in command])

    monkeypatch.setattr(module, "run", run)
    return called


def touched(folder: Path) -> None:
    """As another machine would have it: other dates, another order of making."""
    for number, path in enumerate(sorted(folder.rglob("*"), reverse=True)):
        os.utime(path, (1_600_000_000 + number, 1_600_000_000 + number), follow_symlinks=False)


def test_the_same_folder_makes_the_same_archive(script: Script, tmp_path: Path, frozen: Path) -> None:
    linux, windows = script("linux"), script("windows")
    for make in (linux.archive, windows.portable):
        one = make(a_build(script, tmp_path, "one"), frozen).read_bytes()
        touched(frozen)
        assert make(a_build(script, tmp_path, "two"), frozen).read_bytes() == one


def test_the_portable_folder_starts_beside_its_data(script: Script, tmp_path: Path, frozen: Path) -> None:
    made = script("windows").portable(a_build(script, tmp_path), frozen)
    with zipfile.ZipFile(made) as packed:
        assert packed.read("Jieli/program/jieli").startswith(b"\x7fELF")
        start = packed.read("Jieli/jieli.cmd").decode()
    assert "JIELI_HOME=%~dp0data" in start
    assert r"program\jieli-window.exe" in start


def test_an_appimage_is_runtime_and_folder(
    script: Script, tmp_path: Path, frozen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("mksquashfs") is None:
        pytest.skip("needs mksquashfs (Debian: squashfs-tools)")
    appimage = script("appimage")
    runtime = tmp_path / "runtime"
    runtime.write_bytes(b"\x7fELF small program")
    monkeypatch.setenv("JIELI_APPIMAGE_RUNTIME", str(runtime))
    monkeypatch.setitem(appimage.RUNTIME_SHA256, "x86_64", hashlib.sha256(runtime.read_bytes()).hexdigest())
    made = appimage.appimage(a_build(script, tmp_path), frozen)
    data = made.read_bytes()
    assert made.name == "Jieli-1.2.3-x86_64.AppImage"
    assert os.access(made, os.X_OK)
    assert data.startswith(runtime.read_bytes() + b"hsqs")
    touched(frozen)
    assert appimage.appimage(a_build(script, tmp_path), frozen).read_bytes() == data
    command = [
        "unsquashfs",
        "-q",
        "-n",
        "-d",
        str(tmp_path / "back"),
        "-o",
        str(runtime.stat().st_size),
        str(made),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    back = tmp_path / "back"
    assert (back / "usr/lib/jieli/_internal/resources/接力.json").read_text() == "{}"
    assert os.access(back / "AppRun", os.X_OK)
    assert {"jieli.desktop", "jieli.png", ".DirIcon", "AppRun", "usr"} == {p.name for p in back.iterdir()}


def test_an_unknown_runtime_is_refused(script: Script, tmp_path: Path) -> None:
    strange = tmp_path / "runtime"
    strange.write_bytes(b"something else")
    with pytest.raises(SystemExit, match="not the runtime we know"):
        script("appimage").checked(strange, "x86_64")
    with pytest.raises(SystemExit, match="JIELI_APPIMAGE_RUNTIME"):
        script("appimage").checked(tmp_path / "nowhere", "x86_64")


def test_without_a_runtime_it_is_said(
    script: Script, tmp_path: Path, frozen: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any
) -> None:
    monkeypatch.delenv("JIELI_APPIMAGE_RUNTIME", raising=False)
    assert script("appimage").appimage(a_build(script, tmp_path), frozen) is None
    assert "no AppImage is made" in capfd.readouterr().err


def dmg(script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **variables: str) -> list[list[str]]:
    names = ("CODESIGN_IDENTITY", "NOTARY_PROFILE", "NOTARY_KEY", "NOTARY_KEY_ID", "NOTARY_ISSUER")
    for name in names:
        monkeypatch.setenv(f"JIELI_{name}", variables.get(name, ""))
    macos = script("macos")
    called = recorded(monkeypatch, macos)
    macos.image(a_build(script, tmp_path), tmp_path / "dist" / "jieli")
    return called


def test_an_image_without_certificate_is_made_unsigned(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = dmg(script, tmp_path, monkeypatch)
    assert [command[0] for command in called] == ["ditto", "hdiutil"]
    assert called[-1][-1].endswith("Jieli-1.2.3-macos-x86_64.dmg")
    assert (tmp_path / "dmg" / "Applications").is_symlink()


def test_an_image_is_signed_notarised_and_stapled(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"NOTARY_KEY": "/k.p8", "NOTARY_KEY_ID": "K1", "NOTARY_ISSUER": "I1"}
    called = dmg(script, tmp_path, monkeypatch, CODESIGN_IDENTITY="Developer ID", **key)
    assert [" ".join(c[:2]) for c in called] == [
        "codesign --verify",
        "ditto " + called[1][1],
        "hdiutil create",
        "codesign --timestamp",
        "xcrun notarytool",
        "xcrun stapler",
    ]
    submitted = called[4]
    assert submitted[4:10] == ["--key", "/k.p8", "--key-id", "K1", "--issuer", "I1"]
    profile = dmg(script, tmp_path, monkeypatch, CODESIGN_IDENTITY="Developer ID", NOTARY_PROFILE="stored")
    assert profile[4][4:6] == ["--keychain-profile", "stored"]


def test_inno_setup_is_called_with_what_its_script_wants(
    script: Script, tmp_path: Path, frozen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = script("windows")
    tool = tmp_path / "Inno Setup 7" / "ISCC.exe"
    tool.parent.mkdir()
    tool.touch()
    monkeypatch.setattr(windows.shutil, "which", lambda _: None)
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    called = recorded(monkeypatch, windows)
    made = windows.setup(a_build(script, tmp_path), frozen)
    assert made.name == "Jieli-1.2.3-windows-x86_64-setup.exe"
    assert called[0][0] == str(tool)
    given = {word[2:].partition("=")[0] for word in called[0] if word.startswith("/D")}
    text = (ROOT / "resources/packaging/windows/jieli.iss").read_text(encoding="utf-8")
    assert set(re.findall(r"\{#(\w+)\}", text)) == given


def test_without_inno_setup_it_is_said(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = script("windows")
    monkeypatch.setattr(windows.shutil, "which", lambda _: None)
    for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    with pytest.raises(SystemExit, match="Inno Setup is not installed"):
        windows.compiler()


def sections(text: str) -> dict[str, list[str]]:
    """The lines of an Inno Setup file by section, without comments and the preprocessor's."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            name = heading[1]
        elif line.strip() and line[0] not in ";#":
            found.setdefault(name, []).append(line)
    return found


def test_the_installer_speaks_both_languages() -> None:
    folder = ROOT / "resources/packaging/windows"
    text = (folder / "jieli.iss").read_text(encoding="utf-8")
    parts = sections(text)
    custom = dict(line.partition("=")[::2] for line in parts["CustomMessages"])
    used = set(re.findall(r"\{cm:(\w+)\}", text)) | set(re.findall(r"CustomMessage\('(\w+)'\)", text))
    assert {f"{language}.{name}" for language in ("en", "zh") for name in used} == set(custom)
    assert all(custom.values())
    names = [re.findall(r'Name: "(\w+)"', line)[0] for line in parts["Languages"]]
    assert set(names) == {"en", "zh"}
    words = sections((folder / "zh.isl").read_text(encoding="utf-8"))
    keys = [line.partition("=")[0] for line in words["Messages"]]
    assert len(keys) == len(set(keys)) > 100
    # Names stand for themselves, and Inno Setup adds no full stop of its own to these.
    messages = dict(line.partition("=")[::2] for line in words["Messages"])
    assert "[name/ver]" in messages["WelcomeLabel2"]
    assert "LanguageID=$0804" in words["LangOptions"]


def test_the_installer_finds_the_version_before_for_ever() -> None:
    parts = sections((ROOT / "resources/packaging/windows/jieli.iss").read_text(encoding="utf-8"))
    assert "AppId={{6E0F3B0E-58C5-4C0C-9A5C-7B0C1D1F5A11}" in parts["Setup"]
    assert "PrivilegesRequired=lowest" in parts["Setup"]
    assert any("_internal" in line for line in parts["InstallDelete"])


def test_the_taskbar_button_is_the_shortcuts() -> None:
    entry = (ROOT / "resources/packaging/entry.py").read_text(encoding="utf-8")
    known = re.findall(r'^APP_ID = "(\w+)"', entry, re.MULTILINE)
    script = (ROOT / "resources/packaging/windows/jieli.iss").read_text(encoding="utf-8")
    assert set(re.findall(r'AppUserModelID: "(\w+)"', script)) == set(known)


def test_two_builds_are_compared_to_the_last_file(tmp_path: Path, script: Script, frozen: Path) -> None:
    linux = script("linux")
    linux.archive(a_build(script, tmp_path, "one"), frozen)
    (frozen / "_internal/resources/接力.json").write_text("{ }", encoding="utf-8")
    linux.archive(a_build(script, tmp_path, "two"), frozen)
    one, two = (compare.entries(tmp_path / name) for name in ("one", "two"))
    assert compare.differences(one, one) == []
    found = [line.partition(": ")[0] for line in compare.differences(one, two)]
    archive = "jieli-1.2.3-linux-x86_64.tar.gz"
    assert found == [archive, f"{archive}/jieli/_internal/resources/接力.json"]
    del two[archive]
    assert f"only in the first: {archive}" in compare.differences(one, two)


def test_what_the_workflow_calls_is_there(script: Script) -> None:
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    for module in re.findall(r"-m (tests[\w.]+)", text):
        assert (ROOT / (module.replace(".", "/") + ".py")).is_file()
    for path in re.findall(r"(resources/packaging/[\w/.]+\w)", text):
        assert (ROOT / path).exists()
    snippets = re.findall(r"python -c '([^']+)'", text)
    assert len(snippets) == 1
    done = subprocess.run(
        ["python3", "-c", snippets[0]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == script("appimage").RUNTIME
    # Runners that the forge has taken away (actions/runner-images 13046 and 13518).
    assert not re.search(r"macos-1[1-4]\b|ubuntu-20\.04|windows-2019", text)
