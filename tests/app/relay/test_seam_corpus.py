"""Cuts at every character of ten mixed answers.

`pytest tests/app/relay/test_seam_corpus.py -s -k summary` lists every join that is not as meant.
"""

from __future__ import annotations

import sys

import pytest

from tests.app.relay.seam_corpus import ANSWERS, Case, cases, joined, measure, report, same

SHARE = 0.99
NOTHING_LOST = 0.995


@pytest.fixture(scope="module")
def measured():
    return measure()


def test_at_least_99_joins_in_100_are_as_meant(measured):
    tried, right, _wrong = measured
    assert tried.total() > 20_000
    assert right.total() >= SHARE * tried.total()


def test_whoever_repeats_nothing_loses_nothing(measured):
    tried, right, wrong = measured
    assert right["nothing"] >= NOTHING_LOST * tried["nothing"]
    # A line of code twice in a row is all that can look like a repetition.
    assert {case.answer for case in wrong if case.way == "nothing"} <= {"code that repeats"}


@pytest.mark.parametrize("way", ["last 3 words", "a sentence", "a preface", "a bare preface", "a space"])
def test_each_way_of_going_on_by_itself(measured, way):
    tried, right, _wrong = measured
    assert right[way] >= SHARE * tried[way] > 0


def test_summary(measured):
    sys.stdout.writelines(f"\n{line}" for line in report(measured))
    assert len(measured[2]) == measured[0].total() - measured[1].total()


@pytest.mark.parametrize("step", [1, 4])
def test_chunks_make_no_difference(step):
    """However the continuation arrives, the joined text is the same."""
    for n, case in enumerate(cases()):
        if n % 41 == 0:
            assert joined(case, step) == joined(case), case


@pytest.mark.parametrize(
    ("partial", "rest"),
    [
        ("输出是 1, 1, 1", ", 1, 1"),
        ("哈哈哈哈", "哈哈哈哈，好笑"),
        ("| --- | --- |\n", "| --- | --- |\n| a | b |\n"),
        ("```\n    }\n", "    }\n}\n"),
        (
            "```sql\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (1);\n",
            "INSERT INTO t VALUES (1);\nCOMMIT;\n",
        ),
        ("一行\n\n", "\n\n另一行"),
        ("他说：", "继续：\n我们走。"),
        ("Let us ", "continue: the work is not done."),
        ("对话：\n甲：好的", "，继续。\n乙：行。"),
        ("标题", " A"),
        ("안녕", " 하세요"),
        ("😂", " 😂"),
        ("床前明月光，\n疑是", "\n地上霜"),
        ("- 苹果", "\n- 苹果派"),
    ],
)
def test_what_looks_like_a_repetition_and_is_none(partial, rest):
    for step in (1, 3, 100):
        assert joined(Case("", "", 0, partial, rest), step) == partial + rest


@pytest.mark.parametrize(
    ("partial", "continuation", "meant"),
    [
        ("外层的滑动", "好的，我接着刚才的内容继续写：\n\n窗口守住总次数。", "外层的滑动窗口守住总次数。"),
        ("外层的滑动", "抱歉，上一条回答中断了，继续：窗口守住总次数。", "外层的滑动窗口守住总次数。"),
        ("the sliding ", "Sorry about that, continuing from where I left off:\nwindow", "the sliding window"),
        ("the sliding ", "Of course! Here is the rest of my answer:\n\nwindow", "the sliding window"),
        ("the sliding", "Sure, continuing:  window", "the sliding window"),
        ("- 一\n", "好的，继续：\n\n- 二\n", "- 一\n- 二\n"),
        ("- 一", "好的，继续：\n\n- 二\n", "- 一\n- 二\n"),
        ("第一段。", "好的，继续：\n\n## 第二节\n", "第一段。\n\n## 第二节\n"),
        ("```py\nx = 1", "Sure, continuing:\n```py\nx = 1\ny = 2\n```", "```py\nx = 1\ny = 2\n```"),
    ],
)
def test_opening_remarks_are_not_part_of_the_answer(partial, continuation, meant):
    for step in (1, 3, 100):
        assert joined(Case("", "", 0, partial, continuation), step) == meant


def test_no_cut_splits_what_belongs_together():
    """Between a letter and its mark, inside a family emoji, in a flag: the halves meet again."""
    text = ANSWERS["emoji"]
    for cut in range(1, len(text)):
        assert joined(Case("", "", cut, text[:cut], text[cut:]), 1) == text
    assert all(same(joined(c), c.meant) for c in cases() if c.answer == "emoji" and c.certain)
