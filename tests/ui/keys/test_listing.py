"""Which action has which keys: every action is listed once, no key has two meanings in one place."""

from __future__ import annotations

import random
from itertools import combinations

from app.i18n import keys as texts
from app.shortcuts import parts, read_keys, refused
from ui.keys import listing
from ui.keys.actions import ACTIONS, meet
from ui.keys.in_force import resolved

KEYS = ["", "Ctrl+N", "Ctrl+K", "Ctrl+F", "F3", "F3; Ctrl+G", "Alt+Q", "Ctrl+Shift+J", "F9"]


def _choices(case: int) -> dict[str, str]:
    """What some user or some editor of the file may have chosen."""
    chance = random.Random(case)
    wanted = chance.sample([*ACTIONS, "of a newer version"], chance.randint(0, 8))
    return {action: chance.choice(KEYS) for action in wanted}


def _alone(found: dict[str, str]) -> bool:
    return not any(
        set(parts(found[one])) & set(parts(found[other]))
        for one, other in combinations(ACTIONS, 2)
        if meet(one, other)
    )


def test_every_action_is_listed_once_and_has_a_name() -> None:
    listed = [action for _group, actions in listing.GROUPS for action in actions]
    assert sorted(listed) == sorted(ACTIONS)
    names = [listing.name(action) for action in ACTIONS]
    assert len(set(names)) == len(names)
    assert not set(names) & texts()
    assert {f"shortcut.{action}" for action, _keys in listing.FIXED} <= texts()


def test_the_keys_that_come_with_the_program_are_in_force_and_may_be_chosen() -> None:
    assert resolved({}) == {action: keys for action, (keys, _scope) in ACTIONS.items()}
    for keys, _scope in ACTIONS.values():
        assert read_keys(keys) == keys
        assert [refused(one) for one in parts(keys)] == [None] * len(parts(keys))


def test_no_key_has_two_meanings_whatever_the_file_says() -> None:
    for case in range(60):
        assert _alone(resolved(_choices(case))), case


def test_an_action_gets_what_it_is_given() -> None:
    for case in range(60):
        overrides, chance = _choices(case), random.Random(-case)
        action, keys = chance.choice([*ACTIONS]), chance.choice(KEYS)
        after = listing.given(action, keys, overrides)
        assert resolved(after)[action] == keys, case
        assert _alone(resolved(after)), case
        if listing.owner(action, keys, overrides) is None:
            # Nobody loses keys to an action that takes free ones; what it leaves may go back to its owner.
            before, now = resolved(overrides), resolved(after)
            assert all(set(parts(before[one])) <= set(parts(now[one])) for one in ACTIONS if one != action), (
                case
            )


def test_keys_taken_over_come_back_with_the_reset() -> None:
    taken = listing.given("quota", "Ctrl+B", {})
    assert (taken, resolved(taken)["sidebar"]) == ({"quota": "Ctrl+B"}, "")
    assert listing.owner("sidebar", "Ctrl+B", taken) == "quota"
    assert listing.given("quota", "Ctrl+Shift+E", taken) == {}
    both = listing.given("editor", "Ctrl+G", {"find_next": "F3; Ctrl+G"})
    assert both == {"find_next": "F3", "editor": "Ctrl+G"}
