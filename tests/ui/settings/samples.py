"""Providers, keys and views that the tests of the settings and first-run pages share."""

from __future__ import annotations

from app.domain import BillingClass, GrantSpec, ModelSpec, ProviderSpec, Region, Words
from app.store.entries import KeyRecord
from ui.settings.values import ChainEntry, ModelRow, ProviderView

FREE, GRANT, PAID = BillingClass.FREE, BillingClass.GRANT, BillingClass.PAID


def zhipu() -> ProviderSpec:
    """Free models for good, and a one-off grant that only the console knows for sure."""
    return ProviderSpec(
        id="zhipu",
        name=Words("智谱", "Zhipu"),
        glyph="智",
        colour="#2B6CBE",
        company=Words("智谱 AI", "Zhipu AI"),
        console="https://open.bigmodel.cn/overview",
        key_page="https://open.bigmodel.cn/keys",
        regions=(
            Region("cn", Words("中国站", "China"), "https://open.bigmodel.cn/api/paas/v4"),
            Region("intl", Words("国际站", "Abroad"), "https://api.z.ai/api/paas/v4", overseas=True),
        ),
        models=(
            ModelSpec(
                "glm-4.7-flash", 200_000, billing=FREE, tools=True, thinking="yes", name="GLM-4.7-Flash"
            ),
            ModelSpec("glm-4.5-flash", 131_072, billing=FREE, tools=True, name="GLM-4.5-Flash"),
            ModelSpec("glm-4.6v-flash", 131_072, billing=FREE, vision=True, name="GLM-4.6V-Flash"),
            ModelSpec("glm-4-flash", 131_072, billing=FREE, uncertain=True),
            *(
                ModelSpec(f"glm-5.{i}", 1_048_576, thinking="always", tools=True, enabled=False)
                for i in range(9)
            ),
        ),
        grants=(GrantSpec("new", "tokens", 25_000_000, valid_days=30, uncertain=True),),
        signup=Words("手机号注册，约 1 分钟", "sign up by phone, about a minute"),
        needs_real_name=False,
        checked="2026-11-20",
    )


def alibaba() -> ProviderSpec:
    """A one-off grant of each of three models, real name needed."""
    return ProviderSpec(
        id="alibaba",
        name=Words("通义千问", "Qwen"),
        glyph="千",
        colour="#705BC5",
        company=Words("阿里云百炼", "Alibaba Model Studio"),
        console="https://bailian.console.aliyun.com",
        key_page="https://bailian.console.aliyun.com/keys",
        regions=(
            Region("cn", Words("北京", "Beijing"), "https://dashscope.aliyuncs.com/compatible-mode/v1"),
        ),
        models=(
            ModelSpec("qwen-plus", 1_000_000, billing=GRANT, tools=True, thinking="yes"),
            ModelSpec("qwen-flash", 1_000_000, billing=GRANT, tools=True),
            ModelSpec("qwen-vl", 262_144, billing=GRANT, vision=True),
        ),
        grants=(
            GrantSpec(
                "each",
                "tokens",
                1_000_000,
                valid_days=90,
                scope="model",
                models=("qwen-plus", "qwen-flash", "qwen-vl"),
            ),
        ),
        needs_real_name=True,
        checked="2026-11-18",
    )


def sensetime() -> ProviderSpec:
    """Calls that come back every five hours."""
    return ProviderSpec(
        id="sensetime",
        name=Words("商汤 日日新", "SenseNova"),
        glyph="商",
        colour="#A94A90",
        console="https://platform.sensenova.cn",
        key_page="https://platform.sensenova.cn/keys",
        regions=(Region("cn", Words("中国站", "China"), "https://token.sensenova.cn/v1"),),
        models=(ModelSpec("sensenova-6.8-flash-lite", 262_144, billing=GRANT, vision=True),),
        grants=(GrantSpec("beta", "calls", 1500, window="hours", hours=5, scope="model"),),
        checked="2026-11-19",
    )


def plain(provider: str, glyph: str) -> ProviderSpec:
    """Nothing free is known of it."""
    return ProviderSpec(
        id=provider,
        name=Words(provider, provider),
        glyph=glyph,
        colour="#616E69",
        key_page=f"https://{provider}.example/keys",
        regions=(Region("cn", Words("中国站", "China"), f"https://{provider}.example/v1"),),
        models=(ModelSpec("m1", 8192),),
    )


def key(
    key_id: str, provider: str, label: str = "自己的账号", last4: str = "7d1c", **more: object
) -> KeyRecord:
    """A stored key."""
    return KeyRecord(key_id, provider, label, last4, 0, 1_763_800_000.0, **more)  # type: ignore[arg-type]


def view(spec: ProviderSpec, *keys: KeyRecord, **more: object) -> ProviderView:
    """A provider as the settings show it, models with their defaults."""
    rows = tuple(
        ModelRow(f"{spec.id}:{m.id}", m, m.billing, m.enabled, "不计量" if m.billing is FREE else "")
        for m in spec.models
    )
    values: dict[str, object] = {
        "region": spec.regions[0].id,
        "base_url": spec.base_url,
        "models": rows,
        "state": "ready" if keys else "no_key",
        "state_text": "就绪" if keys else "没有密钥",
    }
    values.update(more)
    return ProviderView(spec, spec.name.zh, spec.glyph, spec.colour, keys, **values)  # type: ignore[arg-type]


def views() -> list[ProviderView]:
    """Two providers with keys, two without."""
    now = 1_763_800_000.0
    good = key("k1", "zhipu", checked_at=now, check_kind="ok", check_ms=470)
    bad = key("k2", "zhipu", "公司的账号", "a90e", checked_at=now, check_kind="auth")
    return [
        view(zhipu(), good, bad),
        view(alibaba(), key("k3", "alibaba", "", "11aa"), state="parked", state_text="免费额度已用完"),
        view(sensetime()),
        view(plain("deepseek", "深")),
    ]


def entries() -> list[ChainEntry]:
    """Three legs, the last of which is gone."""
    return [
        ChainEntry("zhipu:glm-4.7-flash", "智谱 GLM-4.7-Flash", "智", "#2B6CBE", "免费"),
        ChainEntry("alibaba:qwen-plus", "通义千问 qwen-plus", "千", "#705BC5", "剩 86.3 万"),
        ChainEntry("zhipu:glm-9", "zhipu:glm-9", "智", "#2B6CBE", problem="没有这个模型了"),
    ]


def choices() -> list[ChainEntry]:
    """What could be added."""
    return [*entries()[:2], ChainEntry("sensetime", "商汤 日日新", "商", "#A94A90", "1,500 次 / 5 小时")]
