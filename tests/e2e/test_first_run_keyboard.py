"""The first run of the real program on a real screen with a real keyring, by the keyboard alone.

From an empty profile to an answer, past everything that may be wrong with a key; the vendor is played on
loopback. `tests.e2e.newcomer` is the user.
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.newcomer import NEEDED, Newcomer, until
from tests.e2e.program import Program
from tests.e2e.regions import zhipu_in_two_regions
from tests.fakes.server import FakeServer, Reply

KEY = "fedcba9876543210" * 2 + ".KeyboardOnly123"

pytestmark = [
    pytest.mark.display,
    pytest.mark.skipif(
        not sys.platform.startswith("linux") or not all(map(shutil.which, NEEDED)),
        reason=f"needs {', '.join(NEEDED)}",
    ),
]


@dataclass(frozen=True, slots=True)
class Words:
    """What the window says in one language."""

    paste: str
    agree: str
    checked: str
    start: str
    write: str
    field: str
    replace: str
    wrong_key: tuple[str, str]
    other_region: tuple[str, str]
    no_balance: tuple[str, str]
    offline: tuple[str, str]


WORDS: Mapping[str, Words] = {
    "zh": Words(
        paste="已经有密钥？贴在这里",
        agree="存给智谱并检查",
        checked="可用 · GLM-4.7-Flash · 首字 ",
        start="开始聊",
        write="写给模型的话",
        field="粘贴智谱的密钥",
        replace="更换",
        wrong_key=(
            "智谱不认这把密钥。整串要复制全，中间有一个点；国内站和 Z.ai 的密钥不通用。",
            "更换密钥",
        ),
        other_region=(
            "密钥是对的，但属于海外（Z.ai 密钥），不是现在选的中国。换过去就能用。",
            "换到海外（Z.ai 密钥）",
        ),
        no_balance=(
            "密钥是对的。这个模型要用余额或资源包，账户里没有了。免费的 Flash 模型不受影响。",
            "打开控制台",
        ),
        offline=("对方没有接受连接。检查网络和代理；本机服务要先启动，地址和端口要对。", "再检查一次"),
    ),
    "en": Words(
        paste="Got a key already? Paste it here",
        agree="Give it to Zhipu and check",
        checked="Works · GLM-4.7-Flash · first token ",
        start="Start chatting",
        write="Message",
        field="Paste the key of Zhipu",
        replace="Replace",
        wrong_key=(
            "Zhipu doesn't know this key. Copy all of it, the dot in the middle included; keys of the China"
            " site and of Z.ai don't mix.",
            "Replace key",
        ),
        other_region=(
            "The key is right but for another region: Abroad (Z.ai keys), not China. Switch over to use it.",
            "Switch to Abroad (Z.ai keys)",
        ),
        no_balance=(
            "The key itself is right. This model needs balance or a resource pack and the account has none."
            " The free Flash models still work.",
            "Open console",
        ),
        offline=(
            "The connection was refused. Check network and proxy; a local server must be running, at this"
            " address and port.",
            "Check again",
        ),
    ),
}


Record = Callable[[str, object], None]


def answers(home: Path) -> list[str]:
    """The finished answers in the profile's database."""
    file = home / "jieli.db"
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        try:
            rows = db.execute("SELECT text FROM message WHERE role = 'assistant' AND status = 'done'")
            return [text for (text,) in rows]
        except sqlite3.OperationalError:
            return []  # not made yet


def paste(me: Newcomer, key: str, said: str) -> None:
    """Paste a key where the keyboard is, and see what is said of it."""
    with me.holding(key):
        me.press("Control_L+v")
        me.sees(said)


def paste_first(me: Newcomer, words: Words, server: FakeServer, key: str, said: str) -> None:
    """Paste the first key of all, and agree to whom it is sent."""
    me.at(words.paste)
    with me.holding(key):
        me.press("Control_L+v")
        me.at(words.agree)
        assert server.requests == [], "nothing is sent before the user agrees"
        me.press("Return")
        me.sees(said)


def ask(me: Newcomer, words: Words) -> None:
    """From a key that works to an answer that is kept."""
    me.sees(words.checked)
    me.at(words.start)
    me.press("Return")
    me.at(words.write)
    assert me.page() == "chat"
    me.press(*"hello", "Return")
    until(lambda: "从零到答案" in answers(me.home), "the answer was not kept")


def test_from_nothing_to_an_answer_by_keyboard_alone(
    tmp_path: Path, x11_env: dict[str, str], server: FakeServer, record_testsuite_property: Record
) -> None:
    server.on("zhipu", Reply.stream(["从零", "到答案"], usage=(3, 4)))
    words = WORDS["zh"]
    me = Newcomer(tmp_path, x11_env, "zh")
    started = time.monotonic()
    with me.running(Program(me.home, server), endpoints=["zhipu"]):
        # The keyboard is where the key goes.
        paste_first(me, words, server, KEY, words.checked)
        # After the check it may have asked for the list of models, too.
        assert {r.headers["authorization"] for r in server.requests} == {f"Bearer {KEY}"}
        ask(me, words)
        seconds = time.monotonic() - started
        asked = [r.json["messages"][-1]["content"] for r in server.requests if "messages" in (r.json or {})]
        assert "hello" in asked
        assert list(me.keyrings.iterdir())
    assert me.traces(KEY) == [], "the key lies outside the keyring"
    # For a report: the file of `--junitxml` has them.
    record_testsuite_property("key presses", me.presses)
    record_testsuite_property("seconds", round(seconds, 1))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_past_every_trouble_to_an_answer_by_keyboard_alone(
    language: str, tmp_path: Path, x11_env: dict[str, str], record_testsuite_property: Record
) -> None:
    """Wrong key, wrong region, no balance, offline: each has its sentence and leads on; then it answers."""
    words = WORDS[language]
    bad, abroad = KEY.replace("Key", "Bad"), KEY.replace("Key", "Far")
    refused = Reply.error(401, {"error": {"code": "1001", "message": "no"}})
    unpaid = Reply.error(429, {"error": {"code": "1113", "message": "余额不足"}})
    me = Newcomer(tmp_path, x11_env, language)
    with ExitStack() as network:
        server = network.enter_context(FakeServer())
        zhipu_in_two_regions(me.home, server)
        server.on("zhipu-china", refused)
        server.on("zhipu-overseas", refused, key=bad)
        # It is asked whether it knows the key, and then, as the region chosen, to check it.
        server.on("zhipu-overseas", [Reply.stream(["好"]), unpaid], key=abroad)
        started = time.monotonic()
        with me.running(Program(me.home, server)):
            paste_first(me, words, server, bad, words.wrong_key[0])
            me.at(words.wrong_key[1])
            me.press("Return")
            me.at(words.field)
            paste(me, abroad, words.other_region[0])
            me.at(words.other_region[1])
            me.press("Return")
            me.sees(words.no_balance[0])
            me.at(words.no_balance[1])
            # Now nobody is to be reached, and another key is pasted.
            network.close()
            me.go_to(words.replace, "Shift_L+Tab")
            me.press("Return")
            me.at(words.field)
            paste(me, KEY, words.offline[0])
            me.at(words.offline[1])
            with FakeServer(server.port) as back:
                back.on("zhipu-overseas", Reply.stream(["从零", "到答案"], usage=(3, 4)))
                me.press("Return")
                ask(me, words)
                assert {request.key for request in back.requests} == {KEY}, "the keys before it are gone"
    for key in (bad, abroad, KEY):
        assert me.traces(key) == [], "the key lies outside the keyring"
    record_testsuite_property(f"key presses, {language}", me.presses)
    record_testsuite_property(f"seconds, {language}", round(time.monotonic() - started, 1))
