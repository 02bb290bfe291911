"""Where things lie, on all three systems, and folders that cannot be used."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.errors import KnownError
from app.paths import Paths, locate


def test_linux_follows_xdg_and_ignores_relative_folders(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "c"), "XDG_DATA_HOME": "relative"}
    paths = locate(None, env, "linux")
    assert paths.settings_file == tmp_path / "c" / "jieli" / "settings.json"
    assert paths.database_file == tmp_path / ".local" / "share" / "jieli" / "jieli.db"
    assert paths.cache == tmp_path / ".cache" / "jieli"


def test_macos_uses_application_support(tmp_path: Path) -> None:
    paths = locate(None, {"HOME": str(tmp_path)}, "darwin")
    assert paths.database_file == tmp_path / "Library" / "Application Support" / "Jieli" / "jieli.db"


def test_windows_keeps_the_database_out_of_the_roaming_profile(tmp_path: Path) -> None:
    env = {"APPDATA": str(tmp_path / "Roaming"), "LOCALAPPDATA": str(tmp_path / "Local")}
    paths = locate(None, env, "win32")
    assert paths.settings_file == tmp_path / "Roaming" / "Jieli" / "settings.json"
    assert paths.database_file == tmp_path / "Local" / "Jieli" / "jieli.db"


def test_one_folder_for_all_by_option_before_variable(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "JIELI_HOME": str(tmp_path / "env")}
    assert locate(None, env).data == tmp_path / "env"
    paths = locate(tmp_path / "option", env)
    inside = (paths.settings_file, paths.database_file, paths.logs, paths.user_providers, paths.locks)
    assert all(p.is_relative_to(tmp_path / "option") for p in (*inside, paths.cache, paths.state_file))


def test_a_relative_home_does_not_move_with_the_working_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    paths = locate(Path("here"), {})
    monkeypatch.chdir("/")
    assert paths.data == tmp_path / "here"


def test_socket_names_are_short_and_differ_by_data(tmp_path: Path) -> None:
    one, other = (locate(tmp_path / name, {}).socket_name for name in ("a", "b"))
    assert one != other
    assert len(one) < 30
    assert locate(tmp_path / "a", {}).socket_name == one


def test_folders_are_made_for_this_user_only(tmp_path: Path) -> None:
    paths = locate(tmp_path / "new" / "home", {})
    paths.ensure()
    paths.ensure()
    assert paths.cache.is_dir()
    if os.name == "posix":
        assert paths.data.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(KnownError) as caught:
        Paths(tmp_path / "file" / "config", tmp_path, tmp_path).ensure()
    assert str(tmp_path / "file" / "config") in str(caught.value)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    with pytest.raises(KnownError) as caught:
        Paths(folder, folder, folder).ensure()
    assert str(folder) in str(caught.value)
