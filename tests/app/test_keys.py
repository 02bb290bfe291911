"""The key service: order, caching, the keychain's moods, the environment, no secret in the wrong place."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path

import pytest

from app import logs
from app.domain import KeyRef
from app.errors import KnownError
from app.keys import KeyService, tidy_label
from app.secrets import MemorySecrets
from app.store.entries import HealthRow
from tests.app.keychains import Keychain, service
from tests.app.parts import StillClock, opened


def _ref(provider: str, ident: str) -> KeyRef:
    return KeyRef(ident, provider)


def test_a_key_survives_a_restart_and_is_read_once(arun, tmp_path: Path) -> None:
    keychain = Keychain()

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, _):
            made = await keys.add("zhipu", "  'sk-test-0000007d1c'\n", " 工作 ")
            assert (made.last4, made.label, made.provider) == ("7d1c", "工作", "zhipu")
        async with service(tmp_path, keychain) as (keys, _):
            assert keychain.reads == []
            (ref,) = keys.refs("zhipu")
            assert ref == KeyRef(made.id, "zhipu", "工作", "7d1c")
            found = await asyncio.gather(*(keys.secret(ref) for _ in range(5)))
            assert found == ["sk-test-0000007d1c"] * 5
            assert await keys.secret(ref) == "sk-test-0000007d1c"
            assert keychain.reads == [made.id]

    arun(main())
    assert threading.get_ident() not in keychain.threads


def test_no_secret_reaches_the_disk(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with service(tmp_path, Keychain(), {"JIELI_KEY_ALIBABA": "sk-test-environment"}) as (keys, _):
            made = await keys.add("zhipu", "sk-test-very-secret")
            await keys.set_check(made.id, "ok", None, 400)
            await keys.secret(_ref("alibaba", "env:alibaba"))
            await keys.set_check("env:alibaba", "ok")
            await asyncio.to_thread(nowhere)

    def nowhere() -> None:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) >= 3
        for path in files:
            assert b"very-secret" not in path.read_bytes()
            assert b"sk-test-env" not in path.read_bytes()

    arun(main())


def test_every_secret_that_passes_through_is_redacted(arun, tmp_path: Path) -> None:
    keychain = Keychain()
    environ = {"JIELI_KEY_ALIBABA": "plainword-one"}

    async def main() -> None:
        async with service(tmp_path, keychain, environ) as (keys, _):
            assert "plainword" not in logs.redactor.clean("plainword-one")
            made = await keys.add("zhipu", "plainword-two")
            assert "plainword" not in logs.redactor.clean("plainword-two")
            await keys.replace(made.id, "plainword-three")
            assert "plainword" not in logs.redactor.clean("plainword-three")
            MemorySecrets.set(keychain, made.id, "plainword-four")
        async with service(tmp_path, keychain) as (keys, _):
            await keys.secret(keys.refs("zhipu")[0])
            assert "plainword" not in logs.redactor.clean("plainword-four")

    arun(main())


def test_the_environments_key_is_tried_first_and_cannot_be_changed(arun, tmp_path: Path) -> None:
    environ = {"JIELI_KEY_MY_OWN_1": " sk-test-environment ", "jieli_key_zhipu": "", "HOME": "/"}

    async def main() -> None:
        async with service(tmp_path, Keychain(), environ) as (keys, store):
            await keys.add("my-own.1", "sk-test-stored-key")
            first, second = keys.refs("my-own.1")
            assert (first.id, first.label, first.last4) == ("env:my-own.1", "JIELI_KEY_MY_OWN_1", "ment")
            assert await keys.secret(first) == "sk-test-environment"
            assert await keys.secret(second) == "sk-test-stored-key"
            assert keys.with_keys(["zhipu", "my-own.1", "alibaba"]) == ["my-own.1"]
            await keys.set_check(first.id, "auth", "auth")
            assert keys.records("my-own.1")[0].check_kind == "auth"
            assert len(await store.keys()) == 1
            for call in (keys.remove, keys.move, keys.rename, keys.replace):
                arguments = () if call == keys.remove else (0,) if call == keys.move else ("sk-test-other",)
                with pytest.raises(KnownError) as caught:
                    await call(first.id, *arguments)
                assert caught.value.key == "keys.from_environment"
                assert "JIELI_KEY_MY_OWN_1" in str(caught.value)

    arun(main())


def test_an_environment_key_that_cannot_be_one_says_so_when_used(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with service(tmp_path, None, {"JIELI_KEY_ZHIPU": "two words"}) as (keys, _):
            with pytest.raises(KnownError) as caught:
                await keys.secret(keys.refs("zhipu")[0])
            assert caught.value.key == "keys.has_blanks"

    arun(main())


def test_keyless_providers_have_one_empty_key(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with service(tmp_path, Keychain(), keyless=["ollama"]) as (keys, _):
            (ref,) = keys.refs("ollama")
            assert await keys.secret(ref) == ""
            assert keys.with_keys(["zhipu", "ollama"]) == ["ollama"]
            await keys.add("ollama", "sk-test-protected")
            assert [r.last4 for r in keys.refs("ollama")] == ["cted"]

    arun(main())


def test_order_rename_replace_remove(arun, tmp_path: Path) -> None:
    keychain = Keychain()
    heard: list[str] = []

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, store):
            a, b, c = [await keys.add("zhipu", f"sk-test-secret-{n}") for n in "abc"]
            other = await keys.add("alibaba", "sk-test-secret-o")
            end = keys.subscribe(heard.append)
            await keys.move(c.id, 0)
            assert [r.id for r in keys.refs("zhipu")] == [c.id, a.id, b.id]
            await keys.move(c.id, 99)
            assert [r.id for r in keys.refs("zhipu")] == [a.id, b.id, c.id]
            await keys.rename(a.id, "first")
            assert keys.refs("zhipu")[0].label == "first"
            await keys.set_check(a.id, "ok", None, 300)
            replaced = await keys.replace(a.id, "sk-test-secret-new")
            assert (replaced.check_kind, replaced.last4, replaced.position) == (None, "-new", 0)
            assert await keys.secret(_ref("zhipu", a.id)) == "sk-test-secret-new"
            store.post_health(HealthRow("zhipu", "", b.id, "off", None, 1, "auth", None, "", None, 1.0))
            await keys.remove(b.id)
            assert keychain.get(b.id) is None
            assert await store.health() == []
            assert await keys.secret(_ref("zhipu", b.id)) is None
            end()
            await keys.rename(other.id, "x")
            assert set(heard) == {"zhipu"}
            assert await keys.set_check(b.id, "ok") is None
            with pytest.raises(KnownError) as caught:
                await keys.rename(b.id, "x")
            assert caught.value.key == "keys.gone"
            assert [r.id for r in await store.keys()] == [other.id, a.id, c.id]

    arun(main())


def test_the_same_key_twice_is_refused(arun, tmp_path: Path) -> None:
    keychain = Keychain()

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, _):
            await keys.add("zhipu", "sk-test-the-same", "家")
            other = await keys.add("zhipu", "sk-test-not-the-same")
        async with service(tmp_path, keychain) as (keys, _):
            with pytest.raises(KnownError):
                await keys.replace(other.id, "sk-test-the-same")
            await keys.replace(other.id, "sk-test-not-the-same")
            with pytest.raises(KnownError) as caught:
                await keys.add("zhipu", " sk-test-the-same")
            assert caught.value.key == "keys.duplicate"
            assert "家" in str(caught.value)
            await keys.add("alibaba", "sk-test-the-same")

    arun(main())


def test_without_a_keyring_keys_last_for_this_run(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with service(tmp_path) as (keys, store):
            state = await keys.storage_state()
            assert (state.memory, state.reason.key) == (True, "keys.no_keyring")  # type: ignore[union-attr]
            made = await keys.add("zhipu", "sk-test-this-run")
            await keys.rename(made.id, "x")
            await keys.move(made.id, 0)
            assert await keys.secret(keys.refs("zhipu")[0]) == "sk-test-this-run"
            assert await store.keys() == []
        async with service(tmp_path) as (keys, _):
            assert list(keys.refs("zhipu")) == []

    arun(main())


def test_a_stored_key_without_the_keyring_is_an_error_not_a_missing_key(arun, tmp_path: Path) -> None:
    async def main() -> None:
        async with service(tmp_path, Keychain()) as (keys, _):
            await keys.add("zhipu", "sk-test-stored")
        async with service(tmp_path) as (keys, _):
            with pytest.raises(KnownError) as caught:
                await keys.secret(keys.refs("zhipu")[0])
            assert caught.value.key == "keys.no_keyring"
            await keys.remove(keys.refs("zhipu")[0].id)
            assert list(keys.refs("zhipu")) == []

    arun(main())


def test_a_locked_keychain_stores_nothing_and_can_be_passed_by(arun, tmp_path: Path) -> None:
    keychain = Keychain()

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, store):
            stored = await keys.add("zhipu", "sk-test-before")
        async with service(tmp_path, keychain) as (keys, store):
            keychain.trouble = KnownError("keys.locked", keyring="Test keychain")
            for call in (keys.add("zhipu", "sk-test-locked"), keys.secret(keys.refs("zhipu")[0])):
                with pytest.raises(KnownError) as caught:
                    await call
                assert caught.value.key == "keys.locked"
            assert len(await store.keys()) == 1
            assert not (await keys.storage_state()).memory
            await keys.use_memory()
            assert (await keys.storage_state()).memory
            made = await keys.add("zhipu", "sk-test-locked")
            assert await keys.secret(_ref("zhipu", made.id)) == "sk-test-locked"
            with pytest.raises(KnownError) as caught:
                await keys.secret(_ref("zhipu", stored.id))
            assert caught.value.key == "keys.not_unlocked"

    arun(main())


def test_unlocking_later_helps(arun, tmp_path: Path) -> None:
    keychain = Keychain()

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, _):
            await keys.add("zhipu", "sk-test-before")
        async with service(tmp_path, keychain) as (keys, _):
            keychain.trouble = KnownError("keys.locked", keyring="Test keychain")
            with pytest.raises(KnownError):
                await keys.secret(keys.refs("zhipu")[0])
            keychain.trouble = None
            assert await keys.secret(keys.refs("zhipu")[0]) == "sk-test-before"

    arun(main())


def test_a_database_that_fails_leaves_no_orphan_in_the_keychain(arun, tmp_path: Path) -> None:
    keychain = Keychain()

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, store):
            await store._database.call(lambda db: db.execute("PRAGMA query_only = ON"))
            with pytest.raises(KnownError) as caught:
                await keys.add("zhipu", "sk-test-orphan")
            assert caught.value.key == "store.read_only"
            assert keychain._secrets == {}
            assert list(keys.refs("zhipu")) == []

    arun(main())


def test_a_prompt_nobody_answers_does_not_block_for_ever(arun, tmp_path: Path) -> None:
    keychain = Keychain()

    async def main() -> None:
        async with service(tmp_path, keychain, patience=0.05) as (keys, _):
            made = await keys.add("zhipu", "sk-test-before")
        async with service(tmp_path, keychain, patience=0.05) as (keys, _):
            keychain.gate = gate = threading.Event()
            with pytest.raises(KnownError) as caught:
                await keys.secret(_ref("zhipu", made.id))
            assert caught.value.key == "keys.no_answer"
            keychain.gate = None
            assert await keys.secret(_ref("zhipu", made.id)) == "sk-test-before"
            gate.set()

    arun(main())


def test_a_cancelled_turn_does_not_cancel_the_reading_for_others(arun, tmp_path: Path) -> None:
    keychain = Keychain()

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, _):
            made = await keys.add("zhipu", "sk-test-before")
        async with service(tmp_path, keychain) as (keys, _):
            keychain.gate = threading.Event()
            ref = _ref("zhipu", made.id)
            one, two = (asyncio.create_task(keys.secret(ref)) for _ in range(2))
            await asyncio.sleep(0)
            one.cancel()
            await asyncio.sleep(0)
            keychain.gate.set()
            assert await two == "sk-test-before"
            assert one.cancelled()
            assert keychain.reads == [made.id]

    arun(main())


def test_closing_does_not_wait_for_a_prompt(arun, tmp_path: Path) -> None:
    keychain = Keychain()
    gate = threading.Event()

    async def main() -> None:
        async with service(tmp_path, keychain) as (keys, _):
            made = await keys.add("zhipu", "sk-test-before")
        async with service(tmp_path, keychain) as (keys, _):
            keychain.gate = gate
            task = asyncio.create_task(keys.secret(_ref("zhipu", made.id)))
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task

    arun(main())
    gate.set()


def test_the_default_keychain_is_the_real_one(arun, tmp_path: Path, monkeypatch, caplog) -> None:
    """Without a session bus: memory, with its reason, and nothing in the log that should not be there."""
    monkeypatch.setattr("keyring.core._keyring_backend", None)
    caplog.set_level(logging.DEBUG)

    async def main() -> None:
        async with opened(tmp_path) as store:
            keys = KeyService(store, {}, StillClock())
            await keys.load()
            await keys.add("zhipu", "sk-test-real-default")
            assert (await keys.storage_state()).memory
            await keys.close()

    arun(main())
    assert "sk-test-real" not in caplog.text


def test_a_label_is_one_line_of_what_can_be_seen() -> None:
    assert tidy_label(" 家里\n的\t账号 ") == "家里 的 账号"
    assert tidy_label("\u202eevil\u2066\x00") == "evil"
    assert tidy_label("👨\u200d👩 家") == "👨\u200d👩 家"
    assert len(tidy_label("x" * 1000)) == 60
