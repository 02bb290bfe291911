"""An OpenAI-compatible server that is not ours answers `jieli ask` unchanged: LiteLLM's proxy, offline.

    python -m tests.independent                 # installs it into a folder that is thrown away afterwards
    python -m tests.independent --venv FOLDER   # installs it there if it is not there yet, and keeps it

The proxy answers by itself (`mock_response`), so that nothing but its installation needs a network; whatever
else it would fetch is sent to a closed port. Exit status 0 = every answer was as it should be.
`tests/test_independent.py` runs the same when `JIELI_INDEPENDENT` names such a folder.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from app.paths import Paths
from tests.e2e.program import ROOT, Answer, Program
from tests.fakes.server import closed_port

ANSWER = "接力棒已经交到你手里。The baton is yours."
PACKAGE = "litellm[proxy]"
PATIENCE = 180.0
"""Seconds the proxy may take to start."""

CONFIG = """
model_list:
  - model_name: answers
    litellm_params: {{model: openai/answers, api_key: none, mock_response: "{answer}"}}
  - model_name: too-fast
    litellm_params: {{model: openai/too-fast, api_key: none, mock_response: "litellm.RateLimitError"}}
  - model_name: too-long
    litellm_params: {{model: openai/too-long, api_key: none, mock_response: "{long}"}}
  - model_name: broken
    litellm_params: {{model: openai/broken, api_key: none, mock_response: "litellm.InternalServerError"}}
general_settings: {{master_key: "{key}"}}
litellm_settings: {{num_retries: 0, telemetry: false}}
router_settings: {{num_retries: 0, disable_cooldowns: true}}
"""

PROVIDER = """
id = "{id}"
name = {{ zh = "另一个代理", en = "Another proxy" }}
checked = 2026-11-22

[[regions]]
id = "here"
name = {{ zh = "本机", en = "Here" }}
base_url = "{url}"
"""
MODEL = '\n[[models]]\nid = "{id}"\ncontext = {context}\nbilling = "free"\n'
MODELS = {"answers": 1_000_000, "too-fast": 8_000, "too-long": 8_000, "broken": 8_000, "nowhere": 8_000}


def installed(folder: Path) -> Path:
    """The proxy's command in the folder's environment; installs what is missing."""
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    command = scripts / ("litellm.exe" if os.name == "nt" else "litellm")
    if not command.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        python = scripts / ("python.exe" if os.name == "nt" else "python")
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", PACKAGE], check=True)
    return command


@contextlib.contextmanager
def proxy(command: Path, work: Path, key: str) -> Iterator[str]:
    """The running proxy's base URL."""
    config = work / "config.yaml"
    config.write_text(
        CONFIG.format(answer=ANSWER, key=key, long="litellm.ContextWindowExceededError"), encoding="utf-8"
    )
    port, nowhere = closed_port(), f"http://127.0.0.1:{closed_port()}"
    hidden = ("JIELI_", "DATABASE_URL", "PYTHONPATH")
    env = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    env |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1,localhost", "HOME": str(work)}
    env |= {"HTTPS_PROXY": nowhere, "HTTP_PROXY": nowhere, "PYTHONUTF8": "1"}
    line = [str(command), "--config", str(config), "--host", "127.0.0.1", "--port", str(port)]
    with (work / "proxy.log").open("wb") as log:
        running = subprocess.Popen(line, env=env, cwd=work, stdout=log, stderr=subprocess.STDOUT)
        try:
            _await(f"http://127.0.0.1:{port}/health/liveliness", running, work / "proxy.log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def _await(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and running.poll() is None:
        with contextlib.suppress(OSError), opener.open(url, timeout=5):
            return
        time.sleep(0.3)
    raise SystemExit(
        f"the proxy did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3_000:]}"
    )


def provider_files(home: Path, url: str) -> None:
    """The user's own endpoint, as the settings page writes it, and the same once more as a fallback."""
    folder = Paths(home, home, home).user_providers
    folder.mkdir(parents=True, exist_ok=True)
    models = "".join(MODEL.format(id=name, context=context) for name, context in MODELS.items())
    for name in ("independent", "behind"):
        (folder / f"{name}.toml").write_text(PROVIDER.format(id=name, url=url) + models, encoding="utf-8")


def failures(answer: Answer) -> list[tuple[str, str]]:
    return [(e["model"], e["kind"]) for e in answer.events if e["event"] == "failure"]


def text(answer: Answer) -> str:
    return "".join(e["text"] for e in answer.events if e["event"] == "delta")


def checks(work: Path, url: str, key: str) -> Iterator[tuple[str, bool, str]]:
    """What was asked, whether it came out right, and what was seen."""

    def ask(name: str, *legs: str, secret: str = key) -> Answer:
        home = work / name
        provider_files(home, url)
        program = Program(home)
        program.environ |= {"JIELI_KEY_INDEPENDENT": secret, "JIELI_KEY_BEHIND": key}
        return program.run("ask", "--json", "--chain", ",".join(legs), "你好")

    def told(name: str, answer: Answer, *fine: bool) -> tuple[str, bool, str]:
        seen: dict[str, Any] = {"status": answer.status, "events": answer.names, "failures": failures(answer)}
        seen["said"] = [e["message"][:120] for e in answer.events if e["event"] == "failure"]
        return name, all(fine), json.dumps(seen | {"err": answer.err[-300:]}, ensure_ascii=False)

    good = ask("answer", "independent:answers")
    done = good.events[-1] if good.events else {}
    usage = done.get("usage", {})
    counted = usage.get("completion", 0) > 0 and usage.get("estimated") is False
    yield told("an answer streams", good, good.status == 0, text(good) == ANSWER == done.get("text"), counted)
    # Without a database the proxy cannot know that a key is wrong: it says "No connected db.", and so do we.
    bad = f"sk-{secrets.token_hex(12)}"
    refused = ask("key", "independent:answers", secret=bad)
    kinds = {kind for _, kind in failures(refused)}
    hidden = bad not in refused.out + refused.err
    yield told(
        "a wrong key", refused, refused.status == 3, bool(kinds) and kinds <= {"auth", "bad_request"}, hidden
    )
    cases: dict[str, Callable[[list[str]], bool]] = {
        "too-fast": lambda kinds: kinds == ["rate_limited"],
        "too-long": lambda kinds: kinds == ["context_too_long"],
        "broken": lambda kinds: kinds in (["transient"], ["transient", "transient"]),
        "nowhere": lambda kinds: set(kinds) == {"bad_request"},
    }
    for model, fits in cases.items():
        passed = ask(model, f"independent:{model}", "behind:answers")
        kinds = [kind for _, kind in failures(passed)]
        yield told(
            f"{model}, then an answer", passed, passed.status == 0, fits(kinds), text(passed) == ANSWER
        )


def run(venv: Path, work: Path) -> bool:
    """Play it all; prints a line a check."""
    key = f"sk-{secrets.token_hex(16)}"
    fine = True
    with proxy(installed(venv), work, key) as url:
        for name, right, seen in checks(work, url, key):
            fine &= right
            sys.stdout.write(f"{'ok ' if right else 'BAD'} {name}: {seen}\n")
    return fine


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--venv", type=Path, help="where the proxy is, or is to be, installed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="jieli-independent-") as folder:
        work = Path(folder)
        return 0 if run(options.venv or work / "venv", work) else 1


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    raise SystemExit(main())
