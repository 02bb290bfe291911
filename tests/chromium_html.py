"""`python -m tests.chromium_html FILE`: opens an exported page in a real Chromium, lists what it asked for.

The page is served from this machine, so that relative addresses would be asked for, too, and every name
there is resolves to this machine: whatever the page wants from anywhere arrives here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the browser asked for beside the page (addresses in its own log and at the server), and the page
    as it stands after loading."""

    requests: list[str]
    dom: str


def look(page: bytes, picture: Path | None = None) -> Seen:
    """Load a page in Chromium. Raises `RuntimeError` when there is none or it shows nothing."""
    if CHROMIUM is None:
        raise RuntimeError("no Chromium here")
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers.get('Host')}{self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page if self.path == "/page.html" else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    port = server.server_address[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder) / "net.json"
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
            "--disable-sync", "--disable-extensions", "--no-pings", "--virtual-time-budget=3000",
            f"--user-data-dir={folder}/profile", f"--log-net-log={log}", "--window-size=900,1800",
            f"--host-resolver-rules=MAP * 127.0.0.1:{port}",
            *([f"--screenshot={picture}"] if picture else ["--dump-dom"]),
            f"http://127.0.0.1:{port}/page.html",
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, timeout=90, check=False)
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
        urls = _urls(log)
    if "127.0.0.1" not in " ".join(asked):
        raise RuntimeError(f"Chromium did not load the page: {done.stderr[-400:].decode(errors='replace')}")
    origin = f"127.0.0.1:{port}/"
    requests = {f"http://{a}" for a in asked if not _is_browsers_own(a)} | set(urls)
    requests -= {f"http://{origin}", f"http://{origin}page.html"}
    return Seen(sorted(requests), done.stdout.decode(errors="replace"))


def _urls(log: Path) -> list[str]:
    """The addresses of Chromium's own record of its network, that of the page's origin and any other."""
    try:
        events = json.loads(log.read_text("utf-8"))["events"]
    except (OSError, ValueError, KeyError):
        return []
    found = [str(e.get("params", {}).get("url", "")) for e in events]
    return [u for u in found if u.startswith(("http:", "https:", "ws:", "wss:")) and not _is_browsers_own(u)]


def _is_browsers_own(url: str) -> bool:
    """What Chromium asks for by itself at a start, whatever the page."""
    return any(host in url for host in ("google.com", "googleapis.com", "gstatic.com", "gvt1.com"))


def main() -> int:
    """Look at a file; 1 when it asked for anything."""
    if len(sys.argv) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    seen = look(Path(sys.argv[1]).read_bytes())
    lines = [f"{len(seen.requests)} requests beside the page", *seen.requests]
    sys.stdout.write("\n".join(lines) + "\n")
    return 1 if seen.requests else 0


if __name__ == "__main__":
    sys.exit(main())
