"""What the first-run page offers besides keys: the model servers that answer on this computer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import wording
from app.errors import KnownError
from app.i18n import tr

if TYPE_CHECKING:
    from app.core import Core


async def local_offers(core: Core) -> list[tuple[str, str]]:
    """The servers found on this computer that have models: (provider, words). Nothing leaves the computer."""
    found = await core.providers.models.discover()
    offers: list[tuple[str, str]] = []
    for server in found:
        spec = core.catalogue.spec(server.provider)
        if spec is not None and server.models:
            name = wording.provider_name(spec)
            offers.append((server.provider, tr("welcome.local.choose", name=name, n=server.models)))
    return offers


def choose_local(core: Core, provider: str) -> None:
    """Have the chain ask that server. A chain the user made gets it at its end; the automatic one has it."""
    chain = core.settings.current.chain
    if chain and provider not in chain:
        core.settings.change(chain=(*chain, provider))


def nobody_to_ask(core: Core) -> bool:
    """Whether the chain is empty; one that names what is gone is for its notice, not for the first run."""
    try:
        return not core.directory.chain()
    except KnownError:
        return False
