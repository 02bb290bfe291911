"""Time to first token through the relay against a bare httpx client, both asking one loopback server.

The relay has its real store and ledger: a metered leg is asked only after its attempt is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.bench.measure import Result

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 300
GONE = {
    "error": {"code": "AllocationQuota.FreeTierOnly", "message": "The free tier of the model has been used"}
}
ANSWER = {"stream": {"pieces": ["你", "好", "，世界"], "usage": [9, 3]}}
SCRIPT = {
    "alibaba": [{"error": {"status": 403, "body": GONE}}],
    "zhipu": [ANSWER],
    "tencent": [ANSWER],
}


@contextlib.contextmanager
def _server() -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fakes.server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            base = f"http://127.0.0.1:{int(process.stdout.readline())}"
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            direct.open(f"{base}/_control/script", json.dumps(SCRIPT).encode()).close()
            yield base
        finally:
            process.terminate()


def ttft() -> list[Result]:
    """A healthy first leg, one whose grant is metered, and one out of quota; connections are warm."""
    with _server() as base, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(base, Path(folder)))


async def _measure(base: str, folder: Path) -> list[Result]:
    import httpx

    from app.clock import SystemClock
    from app.domain import ChainItem, KeyRef, Leg, Turn
    from app.ledger.journal import LedgerJournal
    from app.ledger.ledger import Ledger
    from app.relay.engine import Relay
    from app.relay.events import Delta
    from app.relay.health import Health
    from app.store.entries import GrantRow
    from app.store.journal import StoreJournal
    from app.store.store import Store
    from providers.base import ChatMessage
    from providers.catalogue import load_catalogue
    from providers.wire import HttpWire

    catalogue = load_catalogue(ROOT / "resources" / "providers")

    def leg(provider: str, model: str) -> ChainItem:
        spec = catalogue.providers[provider]
        found = spec.model(model)
        assert found is not None
        return ChainItem(f"{provider}:{model}", (Leg(spec, found, f"{base}/{provider}/v1", found.billing),))

    class OneKey:
        def refs(self, provider: str) -> list[KeyRef]:
            return [KeyRef(f"k-{provider}", provider)]

        async def secret(self, key: KeyRef) -> str:
            return "sk-test-bench"

    clock = SystemClock()
    store = await Store.open(folder / "jieli.db", clock, folder / "locks")
    for provider, model in (("alibaba", "qwen-plus"), ("tencent", "hy3")):
        await store.put_grant(GrantRow(provider, provider, "tokens", 10**9, clock.now(), model=model))
    ledger = await Ledger.open(store, clock)
    journal = LedgerJournal(StoreJournal(store), ledger)

    question = "用一句话介绍接力赛。"
    body = {"model": "glm-4.7-flash", "stream": True, "messages": [{"role": "user", "content": question}]}
    sent = json.dumps(body, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-test-bench"}
    wire = HttpWire(user_agent="jieli-bench")
    bare = httpx.AsyncClient(trust_env=False, timeout=20)

    async def floor(providers: list[str]) -> float:
        begin = time.perf_counter()
        for provider in providers:
            url = f"{base}/{provider}/v1/chat/completions"
            async with bare.stream("POST", url, content=sent, headers=headers) as answer:
                if answer.status_code != 200:
                    await answer.aread()
                    continue
                first = None
                async for line in answer.aiter_lines():
                    if first is None and line.startswith("data: {"):
                        choices = json.loads(line[6:])["choices"]
                        if choices and choices[0]["delta"].get("content"):
                            first = time.perf_counter() - begin
                assert first is not None
                return first
        raise AssertionError("nobody answered")

    async def ours(chain: tuple[ChainItem, ...]) -> float:
        # A new memory each time, or the leg without quota would be skipped instead of asked.
        relay = Relay(
            keys=OneKey(),
            wire=wire,
            health=Health(journal, clock),
            journal=journal,
            clock=clock,
            ledger=ledger,
            books=ledger,
        )
        turn = Turn("m", (ChatMessage("user", question),), chain)
        begin = time.perf_counter()
        first = None
        async with contextlib.aclosing(relay.run(turn)) as events:
            async for event in events:
                if first is None and isinstance(event, Delta):
                    first = time.perf_counter() - begin
        assert first is not None, "the relay did not answer"
        return first

    healthy = (leg("zhipu", "glm-4.7-flash"),)
    passed = (leg("alibaba", "qwen-plus"), *healthy)
    results = []
    for name, providers, chain in (
        ("ttft", ["zhipu"], healthy),
        ("ttft-metered", ["tencent"], (leg("tencent", "hy3"),)),
        ("ttft-quota", ["alibaba", "zhipu"], passed),
    ):
        pairs = []
        for n in range(ROUNDS + 20):
            pair = await floor(providers), await ours(chain)
            if n >= 20:
                pairs.append(pair)
        floors, times = ([p[i] * 1000 for p in pairs] for i in (0, 1))
        results.append(Result(name, "ms", statistics.median(floors), statistics.median(times), bar=1.5))
    await bare.aclose()
    await wire.aclose()
    await store.close()
    return results
