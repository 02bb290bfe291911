"""Keys in texts that are no keys: surely keys are found, code and hashes are not, and what is written to disk
has none."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from app.key_leaks import KeyLeaks, surely_keys, taken_out, without_keys
from app.titles import title_from
from providers.catalogue import load_catalogue
from tests.app.keychains import Keychain, service

ROOT = Path(__file__).resolve().parents[2]
SPECS = tuple(load_catalogue(ROOT / "resources" / "providers").providers.values())
_LOTS = random.Random(7)


def drawn(length: int, signs: str = string.ascii_letters + string.digits) -> str:
    return "".join(_LOTS.choice(signs) for _ in range(length))


HEX = "0123456789abcdef"
KEYS = {
    "deepseek": "sk-" + drawn(32, HEX),
    "long": "sk-" + drawn(48),
    "project": "sk-proj-" + "-".join(drawn(40) for _ in range(3)),
    "baidu": f"bce-v3/ALTAK-{drawn(21)}/{drawn(40, HEX)}",
    "zhipu": f"{drawn(32, HEX)}.{drawn(16)}",
    "modelscope": "ms-" + "-".join(drawn(n, HEX) for n in (8, 4, 4, 4, 12)),
    "huggingface": "hf_" + drawn(34),
    "token": f"eyJ{drawn(30)}.eyJ{drawn(60)}.{drawn(20)}-{drawn(22)}",
    "google": "AIza" + drawn(35),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
@pytest.mark.parametrize(
    "around",
    ["{}", "我的密钥是 {}，怎么用？", 'export API_KEY="{}"', "Authorization: Bearer {}\n", "key={}."],
)
def test_a_key_is_found_wherever_it_stands(key: str, around: str) -> None:
    text = around.format(key)
    assert [text[start:end] for start, end in surely_keys(text)] == [key]
    assert key not in without_keys(text)


@pytest.mark.parametrize(
    "text",
    [
        "git checkout " + drawn(40, HEX),
        "sha256:" + drawn(64, HEX),
        "import sk_learn; pip install sk-learn-contrib-hdbscan-extras",
        ".sk-folding-cube-animation-delay-2 { animation: sk-folding-cube-animation 2.4s }",
        "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-your-api-key-goes-here-and-nowhere-else",
        "hf_hub_download_and_cache_everything_please",
        f"main.{drawn(8, HEX)}.chunk.js {drawn(32, HEX)}.bundleproduction",
        "id = " + "-".join(drawn(n, HEX) for n in (8, 4, 4, 4, 12)),
        "data:image/png;base64," + drawn(400),
        "ms-settings:display task-0123456789abcdefghij-next",
        "an eyJ begins many tokens, and bce-v3/ is a prefix",
    ],
)
def test_code_hashes_and_placeholders_are_no_keys(text: str) -> None:
    assert surely_keys(text) == []
    assert without_keys(text) is text


def test_no_file_of_ours_looks_like_a_key() -> None:
    for path in [*ROOT.glob("app/**/*.py"), *ROOT.glob("ui/**/*.py"), *ROOT.glob("resources/**/*.toml")]:
        assert surely_keys(path.read_text(encoding="utf-8")) == [], path


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("{}", ""),
        ("为什么报错？\nDEEPSEEK_API_KEY={}", "为什么报错？"),
        ("export DASHSCOPE_API_KEY='{}'\npython a.py", "python a.py"),
        ("用 {} 调不通", "用  调不通"),
        ("{0}\n{0}\n谢谢", "谢谢"),
    ],
)
def test_what_is_left_when_a_key_is_taken_out(arun, tmp_path: Path, text: str, left: str) -> None:
    async def scenario() -> None:
        async with service(tmp_path, Keychain()) as (keys, _):
            leaks = KeyLeaks(keys, lambda: SPECS)
            full = text.format(KEYS["deepseek"])
            assert taken_out(full, leaks.find(full)) == left

    arun(scenario())


def test_the_name_says_whose_it_is_and_a_stored_key_is_known_without_a_form(arun, tmp_path: Path) -> None:
    plain = "-".join(drawn(n, HEX) for n in (8, 4, 4, 4, 12))

    async def scenario() -> None:
        async with service(tmp_path, Keychain(), {"JIELI_KEY_BAIDU": KEYS["baidu"]}) as (keys, _):
            leaks = KeyLeaks(keys, lambda: SPECS)
            named = leaks.find(f"DEEPSEEK_API_KEY={KEYS['deepseek']}")
            assert [(leak.kind, leak.providers) for leak in named] == [("form", ("deepseek",))]
            assert len(leaks.find(KEYS["deepseek"])[0].providers) > 1, "many vendors' keys look like this one"
            assert leaks.find(KEYS["zhipu"])[0].providers == ("zhipu",)
            assert [(leak.kind, leak.providers) for leak in leaks.find(f"看 {KEYS['baidu']}")] == [
                ("stored", ("baidu",))
            ]
            assert leaks.find(f"volume {plain} is full") == []
            await keys.add("volcengine_ark", plain)
            found = leaks.find(f"volume {plain} is full")
            assert [(leak.kind, leak.providers) for leak in found] == [("stored", ("volcengine_ark",))]
            assert leaks.without(f"volume {plain} is full") == "volume  is full"
            assert leaks.find(f"volume {plain}0 is full") == [], "longer than the key"
            assert plain not in repr(found)
            # In the next run it has not been read yet; it is when a word ends as it does.
            keys._secrets.clear()
            assert leaks.find(plain) == []
            assert await leaks.look(f"see {drawn(20, HEX)}!") == []
            assert keys._secrets == {}, "the keyring was left alone"
            assert [leak.providers for leak in await leaks.look(f"see {plain}")] == [("volcengine_ark",)]

    arun(scenario())


def test_no_title_holds_a_key() -> None:
    assert title_from(f"{KEYS['long']} 是什么") == "是什么"
