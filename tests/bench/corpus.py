"""Messages as people and models write them: Chinese, English, both mixed, code; and terms to look for."""

from __future__ import annotations

import random

_CHINESE = """
    我们 用户 额度 模型 计算机 数据库 索引 事务 线程 窗口 渲染 排序 接力 密钥 服务商 上下文 计费
    冷却 今天 明天 问题 可以 需要 如果 因为 所以 这个 那个 函数 参数 返回 错误 文件 网络 请求 响应
    缓存 内存 时间 学习 工作 北京 上海 天气 吃饭 电影 音乐 翻译 总结 文章 表格 图片 代码 测试 部署
    容器 人工智能 机器学习 神经网络 发票 合同 简历 旅行 孩子 老师 考试 医院 的 了 是 在 和 有 不 就
"""
_ZH = _CHINESE.split()
_ENGLISH = """
    relay token stream cache index thread window query sort merge async await retry user name config
    server client request response the of and with for provider quota limit Python Docker café
    naïve résumé Straße API HTTP JSON
"""
_EN = _ENGLISH.split()
_CODE = [
    "def get_user_name(user_id: int) -> str:\n    return cache.get(user_id)",
    "std::vector<int> items;\nfor (auto& x : items) { x += 1; }",
    "SELECT name, quota FROM users WHERE id = 42 ORDER BY name DESC;",
    "git commit --amend --no-edit && git push --force-with-lease",
    "foo.bar().baz(key=\"value\", n=3.14)",
    "const answer = await fetch(`https://api.example.com/v1/chat`);",
    "docker run --rm -it -p 8080:80 nginx:1.27",
    "C++ 和 C# 与 F#，.NET 8，Node.js v20",
]  # fmt: skip
_ODD = [
    "ＧＰＴ４ 模型",
    "①②③ 步",
    "한국어 문장",
    "ひらがなとカタカナ",
    "🙂 好的 👍",
    "αβγ Ωmega",
    "Привет мир",
    "𠮷野家",
]


def sentence(chance: random.Random) -> str:
    """One sentence, mostly Chinese."""
    if chance.random() < 0.15:
        return " ".join(chance.choices(_EN, k=chance.randrange(4, 14))) + ". "
    parts: list[str] = []
    for _ in range(chance.randrange(4, 18)):
        if chance.random() < 0.08:
            parts.append(chance.choice([" {} ", "{}", "{} "]).format(chance.choice(_EN)))
        else:
            # Small numbers are common words: word frequencies of a language are steep.
            parts.append(_ZH[int(len(_ZH) * chance.random() ** 2)])
        if chance.random() < 0.15:
            parts.append(chance.choice(["，", "、", "：", "；"]))
    return "".join(parts) + chance.choice(["。", "？", "！", "。\n"])


def message(chance: random.Random, *, long: bool) -> str:
    """A question or, `long`, an answer."""
    parts = [sentence(chance) for _ in range(chance.randrange(4, 24) if long else chance.randrange(1, 3))]
    if long and chance.random() < 0.25:
        parts.append(f"\n```\n{chance.choice(_CODE)}\n```\n")
    if chance.random() < 0.05:
        parts.insert(chance.randrange(len(parts)), chance.choice(_ODD))
    return "".join(parts)


def terms(chance: random.Random, texts: list[str], count: int) -> list[str]:
    """Things to look for: pieces of the texts of every kind, and some that hardly occur."""
    found: list[str] = []
    while len(found) < count:
        text = chance.choice(texts)
        at = chance.randrange(len(text))
        match chance.randrange(6):
            case 0 | 1:
                piece = text[at : at + 2]
            case 2:
                piece = text[at : at + chance.randrange(1, 9)]
            case 3:
                piece = chance.choice(text.split() or ["x"])[:20]
            case 4:
                piece = chance.choice(_EN)[: chance.randrange(1, 9)]
            case _:
                piece = "".join(chance.choices("".join(_ZH), k=chance.randrange(1, 4)))
        piece = " ".join(piece.replace('"', " ").replace("“", " ").replace("「", " ").split())
        if piece:
            found.append(piece)
    return found
