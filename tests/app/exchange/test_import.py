"""Imports of every known export into a real store: what arrives, and what a second import does."""

from __future__ import annotations

import asyncio
import gzip
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.exchange.imports.importer import Importer, Progress, Report
from app.exchange.imports.telling import sentences
from app.store.records import Conversation, Message
from app.store.store import Store
from tests.app.exchange import exports_of_others as others


def bring(home: Path, *paths: Path) -> Report:
    """Import files into a home's store."""

    async def go() -> Report:
        store = await _open(home)
        try:
            report = await Importer(store, SystemClock()).run(paths, lambda _: None)
            await store.search.catch_up()
            return report
        finally:
            await store.close()

    return asyncio.run(go())


async def _open(home: Path) -> Store:
    return await Store.open(home / "jieli.db", SystemClock(), home / "running")


def look(home: Path) -> dict[str, tuple[Conversation, list[Message]]]:
    """Every conversation by title, with the branch it shows."""

    async def go() -> dict[str, tuple[Conversation, list[Message]]]:
        store = await _open(home)
        try:
            return {
                c.title: (c, await store.messages(await store.branch(c.id)))
                for c in await store.conversations(None)
            }
        finally:
            await store.close()

    return asyncio.run(go())


def parts(home: Path, message: str) -> list[tuple[str, str, bytes]]:
    """Name, type and bytes of a message's attachments."""

    async def go() -> list[tuple[str, str, bytes]]:
        store = await _open(home)
        try:
            found = await store.attachments([message])
            return [(a.name, a.mime, a.data) for a in found.get(message, [])]
        finally:
            await store.close()

    return asyncio.run(go())


def zipped(path: Path, files: dict[str, Any]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in files.items():
            box.writestr(name, content if isinstance(content, bytes) else json.dumps(content))
    return path


def written(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def said(messages: list[Message]) -> list[tuple[str, str]]:
    return [(m.role, m.text) for m in messages]


ASSETS = {"dalle/file-CAT-x.png": others.PNG + b"1", "file_00ab-sketch.png": others.PNG}


def test_chatgpt_keeps_branches_pictures_thoughts_and_models(tmp_path: Path) -> None:
    chats = others.chatgpt()
    split = {
        "conversations-000.json": chats[:2],
        "conversations-001.json": chats[2:],
        "user.json": {},
        **ASSETS,
    }
    report = bring(tmp_path, zipped(tmp_path / "any-name.bin", {f"deep/er/{k}": v for k, v in split.items()}))
    assert (report.new, report.left_counts, report.missing) == (3, {"empty": 1}, 1)
    found = look(tmp_path)
    weather, messages = found["天气"]
    assert said(messages) == [("user", "今天天气如何"), ("assistant", "第二个答案。"), ("user", "谢谢")]
    assert len(messages[1].siblings) == 2
    assert messages[1].model == "gpt-5"
    assert weather.created_at == 1.7e9
    _drawn, messages = found["画"]
    assert said(messages) == [("user", "画一只猫"), ("assistant", "给你")]
    assert messages[1].reasoning == "想一想"
    assert parts(tmp_path, messages[0].id) == [("草图.png", "image/png", others.PNG)]
    assert parts(tmp_path, messages[1].id) == [("file-CAT-x.png", "image/png", others.PNG + b"1")]
    assert said(found["旧对话"][1]) == [("user", "旧"), ("assistant", "答")]


def test_a_second_import_brings_nothing_and_a_later_export_only_what_is_new(tmp_path: Path) -> None:
    chats = others.chatgpt()
    path = zipped(tmp_path / "a.zip", {"conversations.json": chats, **ASSETS})
    bring(tmp_path, path)
    again = bring(tmp_path, path)
    assert again.nothing and again.same == 3
    mapping = chats[0]["mapping"]
    mapping["u2"]["children"] = ["a3"]
    mapping["a3"] = others.node("a3", "u2", "assistant", "不客气")
    chats[0]["current_node"] = "a3"
    chats.append(others.tree(others.node("n", None, "user", "新"), title="新的", id="new"))
    # The other layout of the same account's export, in a folder.
    (tmp_path / "later").mkdir()
    written(tmp_path / "later" / "conversations-000.json", chats)
    later = bring(tmp_path, tmp_path / "later")
    assert (later.new, later.more, later.same, later.messages) == (1, 1, 2, 2)
    assert said(look(tmp_path)["天气"][1])[-1] == ("assistant", "不客气")


def test_what_the_user_did_since_stays(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"conversations.json": others.chatgpt()})
    bring(tmp_path, path)

    async def live_on() -> None:
        store = await _open(tmp_path)
        found = {c.title: c for c in await store.conversations()}
        weather = found["天气"]
        await store.update_conversation(weather.id, title="我的名字", title_by_user=True)
        mine = Message("mine", weather.id, weather.head, "assistant", "接力答的", "done", 2e9, 2e9)
        await store.add_message(mine, head=True)
        await store.delete_conversation(found["旧对话"].id)
        await store.delete_conversation(found["画"].id)
        await store.purge_conversations([found["画"].id])
        await store.close()

    asyncio.run(live_on())
    again = bring(tmp_path, path)
    assert (again.new, again.same, again.gone) == (0, 2, 1)
    found = look(tmp_path)
    assert set(found) == {"我的名字"}
    assert said(found["我的名字"][1])[-1] == ("assistant", "接力答的")


def test_a_ring_of_messages_and_missing_parents_lose_nothing(tmp_path: Path) -> None:
    ring = others.tree(
        others.node("a", "b", "user", "甲", "b"),
        others.node("b", "a", "assistant", "乙", "a"),
        title="环",
        id="r",
    )
    lost = others.tree(others.node("x", "nowhere", "user", "丙", "x", "y", "z"), title="丢", id="l")
    lost["current_node"] = "nobody"
    assert bring(tmp_path, written(tmp_path / "c.json", [ring, lost])).messages == 3
    assert said(look(tmp_path)["环"][1]) == [("user", "甲"), ("assistant", "乙")]


def test_cherry_studio_in_its_three_wrappings(tmp_path: Path) -> None:
    data = others.cherry()
    path = zipped(tmp_path / "c.zip", {"data.json": data, "Data/Files/f1.png": others.PNG})
    report = bring(tmp_path, path)
    assert (report.new, report.messages, report.attachments, report.left_counts) == (1, 3, 1, {"empty": 1})
    topic, messages = look(tmp_path)["两个模型"]
    assert (topic.folder, topic.system) == ("翻译", "你是助手")
    assert said(messages) == [("user", "问"), ("assistant", "答乙")]
    assert messages[1].model == "glm-4" and len(messages[1].siblings) == 2
    assert parts(tmp_path, messages[0].id) == [("图.png", "image/png", others.PNG)]
    packed = tmp_path / "old.bak"
    packed.write_bytes(gzip.compress(json.dumps(data).encode()))
    assert bring(tmp_path, packed).nothing
    direct = zipped(tmp_path / "direct.zip", {"metadata.json": {}, "IndexedDB/x.ldb": b"x"})
    (sentence,) = bring(tmp_path, direct).problems
    assert "导出至手机 → 导出为文件" in sentence
    newer = zipped(tmp_path / "newer.zip", {"Data/cherrystudio.sqlite": b"x", "IndexedDB/x.ldb": b"x"})
    (sentence,) = bring(tmp_path, newer).problems
    assert "Cherry Studio 2" in sentence


def test_cherry_studio_before_blocks(tmp_path: Path) -> None:
    row = {"id": "1", "role": "user", "content": "老消息", "createdAt": "2024-01-01T00:00:00Z"}
    data = {"time": 1, "version": 1, "localStorage": {}, "indexedDB": [
        {"key": "topic:old", "value": {"messages": [row]}}]}  # fmt: skip
    assert bring(tmp_path, written(tmp_path / "x.json", data)).new == 1
    assert said(look(tmp_path)["老消息"][1]) == [("user", "老消息")]


def test_chatbox_threads_and_forks(tmp_path: Path) -> None:
    report = bring(tmp_path, written(tmp_path / "c.json", others.chatbox()))
    assert (report.new, report.messages) == (2, 4)
    found = look(tmp_path)
    session, messages = found["会话"]
    assert (session.pinned, session.system) == (True, "规则")
    assert said(messages) == [("user", "问"), ("assistant", "答")]
    assert len(messages[1].siblings) == 2
    assert said(found["早先"][1]) == [("user", "更早")]


def test_nextchat_pictures_and_times(tmp_path: Path) -> None:
    report = bring(tmp_path, written(tmp_path / "n.json", others.nextchat()))
    assert (report.new, report.messages, report.attachments) == (1, 2, 1)
    chat, messages = look(tmp_path)["图片"]
    assert chat.system == "预设"
    assert said(messages) == [("user", "看图"), ("assistant", "好")]
    import time

    assert time.localtime(messages[0].created_at)[:6] == (2024, 5, 6, 15, 4, 5)
    assert messages[1].created_at >= messages[0].created_at


def test_lobechat_in_its_three_forms(tmp_path: Path) -> None:
    report = bring(tmp_path, written(tmp_path / "a.json", others.lobe_config()))
    assert (report.new, report.messages) == (2, 3)
    found = look(tmp_path)
    assert said(found["话题"][1]) == [("user", "问"), ("assistant", "答")]
    assert found["话题"][1][1].model == "gpt-4"
    assert found["助理"][0].system == "角色"
    bring(tmp_path, written(tmp_path / "b.json", others.lobe_data()))
    topic, messages = look(tmp_path)["库"]
    assert (topic.folder, said(messages)) == ("智能体", [("user", "问"), ("assistant", "答二")])
    assert len(messages[1].siblings) == 2 and messages[1].reasoning == "想"
    single = {"version": "2.0", "exportedAt": "2026-01-01T00:00:00Z", "title": "单个", "messages": [
        {"id": "1", "role": "user", "content": "问", "createdAt": 1_700_000_000_000},
        {"id": "2", "role": "assistant", "content": "答", "parentId": "1",
         "createdAt": 1_700_000_001_000}]}  # fmt: skip
    bring(tmp_path, written(tmp_path / "c.json", single))
    assert said(look(tmp_path)["单个"][1]) == [("user", "问"), ("assistant", "答")]


def test_claude_deepseek_and_plain_lists(tmp_path: Path) -> None:
    bring(tmp_path, written(tmp_path / "conversations.json", others.claude()))
    assert said(look(tmp_path)["克劳德"][1]) == [("user", "hi"), ("assistant", "hello")]
    bring(tmp_path, zipped(tmp_path / "d.zip", {"conversations.json": others.deepseek()}))
    messages = look(tmp_path)["深度"][1]
    assert said(messages) == [("user", "问深"), ("assistant", "答深")]
    assert (messages[1].reasoning, messages[1].model) == ("思", "deepseek-chat")
    plain = written(tmp_path / "随便.json", {"messages": [{"role": "user", "content": "一"}]})
    assert bring(tmp_path, plain).new == 1
    assert bring(tmp_path, plain).same == 1
    assert "随便" in look(tmp_path)
    listed = written(tmp_path / "l.json", [{"role": "user", "content": "二"}])
    assert bring(tmp_path, listed).new == 1


def test_what_is_imported_is_found_by_the_search(tmp_path: Path) -> None:
    bring(tmp_path, zipped(tmp_path / "a.zip", {"conversations.json": others.chatgpt()}))

    async def go() -> list[str]:
        from app.search import parse

        store = await _open(tmp_path)
        try:
            found = await store.search.find(parse("答案", SystemClock().now()))
            return [hit.snippet.text for hit in found.messages]
        finally:
            await store.close()

    assert len(asyncio.run(go())) == 2


def test_stopping_leaves_whole_conversations_and_the_next_import_goes_on(tmp_path: Path) -> None:
    chats = [
        others.tree(
            *(others.node(f"{c}-{n}", f"{c}-{n - 1}" if n else None, ("user", "assistant")[n % 2], "字")
              for n in range(300)),
            title=f"{c}",
            id=f"c{c}",
        )
        for c in range(12)
    ]  # fmt: skip
    path = written(tmp_path / "c.json", chats)

    async def go() -> Report:
        store = await _open(tmp_path)
        importer = Importer(store, SystemClock())
        news: list[Progress] = []

        def progress(now: Progress) -> None:
            news.append(now)
            if now.conversations >= 3:
                importer.stop()

        try:
            return await importer.run([path], progress)
        finally:
            await store.close()

    report = asyncio.run(go())
    assert report.stopped and 3 <= report.new < 12
    assert all(len(messages) == 300 for _c, messages in look(tmp_path).values())
    rest = bring(tmp_path, path)
    assert (rest.new, rest.same) == (12 - report.new, report.new)


@pytest.mark.parametrize("make", [others.cherry, others.chatbox, others.nextchat, others.lobe_config])
def test_keys_in_an_export_are_not_looked_at(tmp_path: Path, make: Callable[[], Any]) -> None:
    bring(tmp_path, written(tmp_path / "x.json", make()))
    assert b"never looked at" not in (tmp_path / "jieli.db").read_bytes()


def test_the_report_is_sentences(tmp_path: Path) -> None:
    report = bring(tmp_path, zipped(tmp_path / "a.zip", {"conversations.json": others.chatgpt()}))
    assert len(sentences(report)) == 3
    assert not any("{" in sentence for sentence in sentences(report))
