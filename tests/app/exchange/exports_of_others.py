"""Small exports of other programs, made up after their formats."""

from __future__ import annotations

import json
from typing import Any

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def node(ident: str, parent: str | None, role: str | None, said: object, *children: str, **more: Any) -> Any:
    """A node of ChatGPT's tree; `said` is a text or a whole content, `more` goes into the message."""
    content = said if isinstance(said, dict) else {"content_type": "text", "parts": [said]}
    message = {"id": ident, "author": {"role": role}, "create_time": 1.7e9, "content": content, **more}
    return {
        "id": ident,
        "parent": parent,
        "children": list(children),
        "message": message if role else None,
    }


def tree(*nodes: Any, **facts: Any) -> dict[str, Any]:
    """A conversation of these nodes."""
    return {"create_time": 1.7e9, "update_time": 1.7e9 + 60, "mapping": {n["id"]: n for n in nodes}, **facts}


def chatgpt() -> list[dict[str, Any]]:
    """A regenerated answer, tools and a picture, one without a current node, one that says nothing."""
    weather = tree(
        node("r", None, None, "", "u"),
        node("u", "r", "user", "今天天气如何", "a1", "a2"),
        node("a1", "u", "assistant", "第一个答案", metadata={"model_slug": "gpt-4o"}),
        node("a2", "u", "assistant", "第二个答案\ue200cite\ue202turn0search1\ue201。【3†来源】", "u2"),
        node("u2", "a2", "user", "谢谢"),
        title="天气",
        conversation_id="weather",
        current_node="u2",
        default_model_slug="gpt-5",
    )
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "想一想"}]}
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_00ab"}
    drawn = tree(
        node("r", None, None, "", "s"),
        node("s", "r", "system", "隐藏", "u"),
        node("u", "s", "user", {"content_type": "multimodal_text", "parts": [picture, "画一只猫"]}, "t"),
        node("t", "u", "assistant", thoughts, "c"),
        node("c", "t", "assistant", "draw()", "d", recipient="python"),
        node("d", "c", "tool", {"content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-CAT"}]}, "a"),
        node("a", "d", "assistant", "给你"),
        title="画",
        id="drawn",
        current_node="a",
    )  # fmt: skip
    drawn["mapping"]["u"]["message"]["metadata"] = {
        "attachments": [{"id": "file_00ab", "name": "草图.png"}, {"id": "file-GONE", "name": "x.pdf"}]
    }
    old = tree(node("x", None, "user", "旧"), node("y", "x", "assistant", "答"), title="旧对话")
    return [weather, drawn, old, tree(node("r", None, "system", "s"), title="只有系统")]


def cherry() -> dict[str, Any]:
    """A topic asked of two models at once, made of blocks."""
    topic = {"id": "t1", "name": "两个模型", "createdAt": "2025-03-01T08:00:00.000Z", "prompt": "你是助手"}
    assistants = {"defaultAssistant": {"topics": []}, "assistants": [{"name": "翻译", "topics": [topic]}]}
    blocks = [
        {"id": "b1", "messageId": "m1", "type": "main_text", "content": "问"},
        {"id": "b2", "messageId": "m2", "type": "thinking", "content": "思考"},
        {"id": "b3", "messageId": "m2", "type": "main_text", "content": "答甲"},
        {"id": "b4", "messageId": "m2", "type": "code", "content": "x = 1", "language": "python"},
        {"id": "b5", "messageId": "m3", "type": "main_text", "content": "答乙"},
        {"id": "b6", "messageId": "m1", "type": "image", "file": {"id": "f1"}},
    ]

    def message(ident: str, role: str, *parts: str, **more: Any) -> dict[str, Any]:
        return {"id": ident, "role": role, "blocks": list(parts), "createdAt": "2025-03-01T08:00:01Z", **more}

    messages = [
        message("m1", "user", "b1", "b6"),
        message("m2", "assistant", "b2", "b3", "b4", askId="m1", modelId="qwen-plus"),
        message("m3", "assistant", "b5", askId="m1", foldSelected=True, model={"id": "glm-4"}),
    ]
    return {
        "time": 1,
        "version": 5,
        "localStorage": {
            "persist:cherry-studio": json.dumps({"assistants": json.dumps(assistants), "llm": '"key"'})
        },
        "indexedDB": {
            "topics": [{"id": "t1", "messages": messages}, {"id": "t2", "messages": []}],
            "message_blocks": blocks,
            "files": [{"id": "f1", "origin_name": "图.png", "ext": ".png"}],
        },
    }


def chatbox() -> dict[str, Any]:
    """A session with an earlier thread and a fork."""

    def said(ident: str, role: str, text: str) -> dict[str, Any]:
        parts = [{"type": "text", "text": text}]
        return {"id": ident, "role": role, "contentParts": parts, "timestamp": 1_700_000_000_000}

    return {
        "__exported_items": ["conversations"],
        "__exported_at": "2026-01-01T00:00:00Z",
        "settings": {"providers": {"openai": {"apiKey": "never looked at"}}},
        "chat-sessions-list": [{"id": "s1", "name": "会话", "starred": True}],
        "session:s1": {
            "id": "s1",
            "name": "会话",
            "messages": [said("0", "system", "规则"), said("1", "user", "问"), said("2", "assistant", "答")],
            "threads": [{"id": "th", "name": "早先", "messages": [said("9", "user", "更早")]}],
            "messageForksHash": {
                "1": {"position": 0, "lists": [{"id": "l", "messages": [said("2b", "assistant", "另答")]}]}
            },
        },
    }


def nextchat() -> dict[str, Any]:
    """A session with a picture within the text and a date in the browser's words."""
    picture = "data:image/png;base64,iVBORw0KGgoAAAAA"
    content = [{"type": "text", "text": "看图"}, {"type": "image_url", "image_url": {"url": picture}}]
    return {
        "chat-next-web-store": {
            "sessions": [
                {
                    "id": "n1",
                    "topic": "图片",
                    "lastUpdate": 1_700_000_000_000,
                    "messages": [
                        {"id": "a", "role": "user", "content": content, "date": "2024/5/6 下午3:04:05"},
                        {"id": "b", "role": "assistant", "content": "好", "date": "?", "model": "gpt-4o"},
                        {"id": "c", "role": "assistant", "content": "错误", "isError": True},
                    ],
                    "mask": {"context": [{"role": "system", "content": "预设"}], "modelConfig": {}},
                }
            ]
        },
        "access-control": {"openaiApiKey": "never looked at"},
    }


def lobe_config() -> dict[str, Any]:
    """The old export of the settings page."""
    return {
        "exportType": "all",
        "version": 7,
        "state": {
            "sessions": [{"id": "ses", "meta": {"title": "助理"}, "config": {"systemRole": "角色"}}],
            "topics": [{"id": "top", "sessionId": "ses", "title": "话题", "createdAt": 1_700_000_000_000}],
            "messages": [
                {"id": "2", "role": "assistant", "content": "答", "sessionId": "ses", "topicId": "top",
                 "createdAt": 1_700_000_002_000, "extra": {"fromModel": "gpt-4"}},
                {"id": "1", "role": "user", "content": "问", "sessionId": "ses", "topicId": "top",
                 "createdAt": 1_700_000_001_000},
                {"id": "3", "role": "user", "content": "外面", "sessionId": "ses", "topicId": None,
                 "createdAt": 1_700_000_003_000},
            ],
        },
    }  # fmt: skip


def lobe_data() -> dict[str, Any]:
    """The database's export, with a tree."""

    def row(ident: str, role: str, text: str, parent: str | None, second: int) -> dict[str, Any]:
        return {
            "id": ident, "role": role, "content": text, "parentId": parent, "topicId": "t", "sessionId": "s",
            "createdAt": f"2025-06-01T10:00:{second:02}.000Z", "model": "glm-4",
            "reasoning": {"content": "想"},
        }  # fmt: skip

    rows = [row("q", "user", "问", None, 1), row("a", "assistant", "答一", "q", 2)]
    rows.append(row("b", "assistant", "答二", "q", 3))
    return {
        "schemaHash": "x",
        "mode": "pglite",
        "data": {
            "messages": rows,
            "topics": [{"id": "t", "title": "库", "createdAt": "2025-06-01T10:00:00Z"}],
            "agents": [{"id": "ag", "title": "智能体", "systemRole": "角色"}],
            "agentsToSessions": [{"agentId": "ag", "sessionId": "s"}],
        },
    }


def claude() -> list[dict[str, Any]]:
    """Claude's list."""
    return [
        {
            "uuid": "cl",
            "name": "克劳德",
            "created_at": "2025-01-01T00:00:00.000000Z",
            "chat_messages": [
                {"uuid": "1", "sender": "human", "text": "hi", "content": [{"type": "text", "text": "hi"}]},
                {"uuid": "2", "sender": "assistant", "text": "hello", "content": []},
            ],
        }
    ]


def deepseek() -> list[dict[str, Any]]:
    """DeepSeek's list: ChatGPT's tree, other messages."""

    def one(ident: str, parent: str | None, *parts: tuple[str, str]) -> dict[str, Any]:
        fragments = [{"type": kind, "content": text} for kind, text in parts]
        message = {
            "model": "deepseek-chat",
            "inserted_at": "2025-02-02T10:00:00+08:00",
            "fragments": fragments,
        }
        return {"id": ident, "parent": parent, "children": [], "message": message if parts else None}

    nodes = [
        one("root", None),
        one("1", "root", ("REQUEST", "问深")),
        one("2", "1", ("THINK", "思"), ("RESPONSE", "答深")),
    ]
    return [{"id": "ds", "title": "深度", "mapping": {n["id"]: n for n in nodes}}]
