"""`python -m tests.app.exchange.chromium_profile FOLDER`: makes a direct backup of Cherry Studio with a real
Chromium, and the data backup of the same chats, as that browser's `JSON.stringify` writes them.

A page from a file has the same folders as the program's own window (`file__0`). It is opened several times,
with enough written and removed between that LevelDB makes tables of its logs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.app.exchange import exports_of_others as others
from tests.chromium_html import CHROMIUM

SESSIONS = ("first", "later", "last")
SECRET = "never looked at"

PAGE = Path(__file__).with_suffix(".html")


def chats() -> dict[str, Any]:
    """What the page writes."""
    found = others.cherry()
    persisted = json.loads(found["localStorage"]["persist:cherry-studio"])
    persisted["llm"] = json.dumps({"providers": [{"apiKey": SECRET}]})
    assistants = json.loads(persisted["assistants"])
    assistants["assistants"][0]["topics"] += [
        {"id": "large", "name": "很长的", "createdAt": "2025-03-02T08:00:00.000Z"},
        {"id": "odd", "name": "odd values", "pinned": True},
    ]
    assistants["defaultAssistant"]["topics"] = [{"id": "repeats", "name": "重复"}]
    persisted["assistants"] = json.dumps(assistants, ensure_ascii=False)
    found["localStorage"]["persist:cherry-studio"] = json.dumps(persisted, ensure_ascii=False)
    return found


def make(folder: Path) -> tuple[Path, Path]:
    """Write `direct.zip` and `data.zip` into a folder. Raises `RuntimeError` when Chromium does not."""
    if CHROMIUM is None:
        raise RuntimeError("no Chromium here")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as where:
        page = Path(where) / "page.html"
        text = PAGE.read_text("utf-8").replace("CHATS", json.dumps(chats())).replace("SECRET", SECRET)
        page.write_text(text, encoding="utf-8")
        data = b""
        for session in SESSIONS:
            data = _session(Path(where), page, session) or data
        profile = Path(where) / "profile" / "Default"
        direct, exported = folder / "direct.zip", folder / "data.zip"
        with zipfile.ZipFile(direct, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as box:
            about = {"version": 6, "appName": "Cherry Studio", "appVersion": "1.9.2", "platform": "linux"}
            box.writestr("metadata.json", json.dumps(about))
            box.writestr("Data/Files/f1.png", others.PNG)
            for name in ("IndexedDB", "Local Storage"):
                for file in sorted((profile / name).rglob("*")):
                    if file.is_file() and file.name not in ("LOG", "LOG.old", "LOCK"):
                        box.write(file, file.relative_to(profile).as_posix())
        with zipfile.ZipFile(exported, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as box:
            box.writestr("data.json", data)
            box.writestr("Data/Files/f1.png", others.PNG)
    return direct, exported


def _session(where: Path, page: Path, session: str) -> bytes:
    """Open the page once, until it says it is done; what it sent meanwhile."""
    done = threading.Event()
    sent: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent[self.path] = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(204)
            self.end_headers()
            if self.path in ("/done", "/failed"):
                done.set()

        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    port = server.server_address[1]
    command = [
        CHROMIUM or "", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--disable-extensions",
        f"--host-resolver-rules=MAP * 127.0.0.1:{port}", f"--user-data-dir={where}/profile",
        f"{page.as_uri()}#{port}/{session}",
    ]  # fmt: skip
    browser = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ended = done.wait(120)
    finally:
        os.kill(browser.pid, signal.SIGTERM)
        browser.wait(30)
        server.shutdown()
        thread.join()
        server.server_close()
    if not ended or "/failed" in sent:
        raise RuntimeError(f"{session}: {sent.get('/failed', b'it did not end').decode(errors='replace')}")
    return sent.get("/data", b"")


def main() -> int:
    """Make both files."""
    if len(sys.argv) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    for path in make(Path(sys.argv[1])):
        sys.stdout.write(f"{path} {path.stat().st_size}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
