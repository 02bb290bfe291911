"""What is being filled in on the settings page goes on when the window is built anew, for another language or
theme; dark may come by itself in the evening."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from ui.settings.endpoint_form import FormState
    from ui.settings.grants import GrantsSection, OpenedGrants
    from ui.settings.page import SettingsPage


@dataclass(frozen=True, slots=True)
class KeptForms:
    """The provider shown, the key being renamed, and the forms that are open."""

    provider: str
    renaming: tuple[str, str] | None
    endpoint: FormState | None
    grants: OpenedGrants | None


def kept_forms(page: SettingsPage, before: KeptForms | None) -> KeptForms:
    """What is open on a page that is about to be thrown away. Of a section that nobody has looked at there it
    is what was open `before`."""
    shown = page.provider_page
    grants = before.grants if before is not None else None
    if page.stands("grants"):
        section = cast("GrantsSection", page.section("grants"))
        grants = section.opened()
    return KeptForms(shown.provider, shown.keys.renaming(), page.form.state(), grants)


def open_again(page: SettingsPage, kept: KeptForms) -> None:
    """Open the same on the page that took its place."""
    if kept.provider:
        page.show_provider(kept.provider)
    if kept.renaming is not None:
        page.provider_page.keys.rename_again(*kept.renaming)
    if kept.endpoint is not None:
        page.show_form(True)
        page.form.take(kept.endpoint)
    grants = kept.grants
    if grants is not None:

        def go_on(made: GrantsSection) -> None:
            made.open_again(grants)

        page.serve("grants", go_on)
