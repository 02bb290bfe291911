"""What is taken out of pasted text, and whose key it may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import KnownError
from app.key_forms import Pasted, fits, likely, strangers, unwrap
from app.secrets import tidy
from providers.catalogue import load_catalogue

ROOT = Path(__file__).resolve().parents[2]
SPECS = tuple(load_catalogue(ROOT / "resources" / "providers").providers.values())
SK = "sk-" + "0123456789abcdef" * 2
ZHIPU = "0123456789abcdef" * 2 + "." + "AbCdEfGh12345678"
BAIDU = "bce-v3/ALTAK-" + "Ab1" * 7 + "/" + "0123456789abcdef" * 2
ARK = "01234567-89ab-cdef-0123-456789abcdef"


def by_id(provider: str):
    return next(spec for spec in SPECS if spec.id == provider)


@pytest.mark.parametrize(
    ("pasted", "secret"),
    [
        (SK, SK),
        (f"  “{SK}”\n", SK),
        (f"Bearer {SK}", SK),
        (f"Authorization: Bearer {SK}", SK),
        (f'curl -H "Authorization: Bearer {BAIDU}" -d @x', BAIDU),
        (f"API_KEY={SK}", SK),
        (f'export DASHSCOPE_API_KEY="{SK}"', SK),
        (f'$env:MOONSHOT_API_KEY = "{SK}"', SK),
        (f"set ARK_API_KEY={ARK}", ARK),
        (f'{{"apiKey": "{SK}", "baseUrl": "https://api.example.com/v1"}}', SK),
        (f"api_key: '{ZHIPU}'", ZHIPU),
        (f"x-api-key: {SK}", SK),
        (f"API Key：{SK}", SK),
        (f"密钥：{SK}", SK),
        (BAIDU, BAIDU),
        (f"QIANFAN_API_KEY={BAIDU}", BAIDU),
        ("a1b2c3d4e5f6a7b8:Zz9Yy8Xx7Ww6Vv5u", "a1b2c3d4e5f6a7b8:Zz9Yy8Xx7Ww6Vv5u"),
        (
            "APPID: 12ab APIKey: a1b2c3d4e5f6a7b8 APISecret: Zz9Yy8Xx7Ww6Vv5u",
            "a1b2c3d4e5f6a7b8:Zz9Yy8Xx7Ww6Vv5u",
        ),
    ],
)
def test_only_the_key_is_left_of_what_was_pasted(pasted: str, secret: str) -> None:
    assert tidy(pasted) == secret


@pytest.mark.parametrize(
    ("pasted", "key"),
    [
        ("AK: abcdefgh12 SK: ijklmnop34", "keys.pair"),
        ("SecretId=AKIDabcdef SecretKey=0123456", "keys.pair"),
        ("AccessKeyId=LTAIabcdef\nAccessKeySecret=0123456", "keys.pair"),
        ("AKID" + "a1" * 16, "keys.account_key"),
        ("LTAI" + "a1" * 10, "keys.account_key"),
        (f"A_API_KEY={SK} B_API_KEY={SK}", "keys.several"),
    ],
)
def test_what_opens_an_account_or_is_two_keys_is_refused(pasted: str, key: str) -> None:
    with pytest.raises(KnownError) as caught:
        tidy(pasted)
    assert caught.value.key == key
    assert "a1a1" not in str(caught.value)


@pytest.mark.parametrize(
    ("pasted", "providers"),
    [
        (ZHIPU, ["zhipu"]),
        (BAIDU, ["baidu"]),
        ("hf_" + "aB3" * 8, ["huggingface"]),
        ("a1b2c3d4e5f6a7b8:Zz9Yy8Xx7Ww6Vv5u", ["iflytek_spark"]),
        (f"DASHSCOPE_API_KEY={SK}", ["alibaba"]),
        (f"ZHIPUAI_API_KEY={SK}", ["zhipu"]),
        (f"QIANFAN_API_KEY={SK}", ["baidu"]),
        (f"ARK_API_KEY={SK}", ["volcengine_ark"]),
        (f"MOONSHOT_API_KEY={SK}", ["moonshot"]),
        (f"DEEPSEEK_API_KEY={SK}", ["deepseek"]),
        (f"SILICONFLOW_API_KEY={SK}", ["siliconflow"]),
        (f"OPENAI_API_KEY={SK}", ["openai"]),
        (f"MODELSCOPE_TOKEN={ARK}", ["modelscope"]),
        (ARK, ["modelscope", "volcengine_ark"]),
        ("nothing-known", []),
    ],
)
def test_whose_key_it_may_be(pasted: str, providers: list[str]) -> None:
    found = unwrap(pasted)
    assert sorted(likely(Pasted(tidy(pasted), found.name), SPECS)) == providers


def test_several_providers_share_a_form() -> None:
    found = likely(Pasted(SK, "API_KEY"), SPECS)
    assert {"alibaba", "deepseek", "tencent", "moonshot"} <= set(found)
    assert "zhipu" not in found


def test_a_stranger_is_told_only_when_the_form_does_not_fit() -> None:
    assert strangers(ZHIPU, by_id("alibaba"), SPECS) == ["zhipu"]
    assert strangers(SK, by_id("alibaba"), SPECS) == []
    assert strangers(SK, by_id("stepfun"), SPECS) == [], "its form is not known"
    assert fits(SK, by_id("stepfun")) is None


def test_a_pasted_key_is_not_in_its_repr() -> None:
    assert SK not in repr(unwrap(f"Bearer {SK}"))
