"""A provider whose two regions are both played here: the user's own file says where its hosts are."""

from __future__ import annotations

from pathlib import Path

from app.paths import locate
from tests.e2e.program import ROOT
from tests.fakes.server import FakeServer

_HOSTS = (("open.bigmodel.cn", "china"), ("api.z.ai", "overseas"))


def zhipu_in_two_regions(home: Path, server: FakeServer) -> None:
    """Write the file: the server plays `zhipu-china` and `zhipu-overseas`."""
    folder = locate(home, {}).user_providers
    folder.mkdir(parents=True)
    text = (ROOT / "resources" / "providers" / "zhipu.toml").read_text(encoding="utf-8")
    for host, region in _HOSTS:
        wanted = f'base_url = "https://{host}/api/paas/v4"'
        assert wanted in text
        text = text.replace(wanted, f'base_url = "{server.url(f"zhipu-{region}")}"')
    # The newer of two files of a provider holds.
    text = text.replace("checked = 2026-11-22", "checked = 2099-01-01", 1)
    (folder / "zhipu.toml").write_text(text, encoding="utf-8")
