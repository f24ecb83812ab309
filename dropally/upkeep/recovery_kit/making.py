"""A kit is made from a code that was just shown: Dropally does not keep codes, so it asks for it."""

from typing import Literal

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import people
from dropally.common.errors import DeniedError
from dropally.store import RecoveryCode, WrongSecretError
from dropally.store.keys import unlock
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.recovery_kit.page import as_pdf
from dropally.upkeep.recovery_kit.wording import KitFacts, as_text

KitFormat = Literal["pdf", "text"]
_GROUP = 5


def make_kit(
    ctx: UpkeepContext, actor: Actor, storage_id: str, code: str, form: KitFormat
) -> bytes:
    """The kit of a storage as a PDF page or as UTF-8 text; nothing of it is kept here.

    The code is tried first, so that no kit opens nothing. Raises ForbiddenError, NotFoundError,
    DeniedError for another code, the store's errors.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    with ctx.storages.repository(storage_id) as repository:
        repository_id = repository.config.repository_id
        try:
            unlock(repository.backend, repository.keyring.repository_id, RecoveryCode(code))
        except WrongSecretError as error:
            raise DeniedError(
                "this code does not open the repository",
                hint="give the recovery code that was shown last",
            ) from error
    definition = ctx.storages.definition(storage_id)
    facts = KitFacts(
        organisation=_organisation(ctx),
        code=_in_groups(code),
        storage_id=storage_id,
        location=definition.location,
        region_label=ctx.storages.label(storage_id),
        endpoint=definition.options.get("endpoint", ""),
        region=definition.options.get("region", ""),
        repository_id=repository_id,
        made=ctx.now(),
    )
    return as_pdf(facts) if form == "pdf" else as_text(facts).encode()


def _organisation(ctx: UpkeepContext) -> str:
    with ctx.auth.read() as connection:
        found = people.organisation(connection)
    return found.name if found is not None else ""


def _in_groups(code: str) -> str:
    """As it is shown: groups of five capitals, whatever way it was typed."""
    plain = "".join(code.split()).replace("-", "").upper()
    return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))
