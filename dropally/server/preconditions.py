"""Settings are changed by whoever has seen the newest ones: ETag and If-Match (RFC 9110, 13.1)."""

import hashlib
from typing import Annotated

import msgspec
from litestar.exceptions import HTTPException
from litestar.params import HeaderParameter

IfMatch = Annotated[
    str,
    HeaderParameter(
        name="If-Match",
        max_length=1000,
        description="The ETag of what was read before; `*` changes whatever is there.",
    ),
]


def etag_of(value: object) -> str:
    """The tag of a state: of its counter where it has one, else of all of it."""
    if isinstance(value, int):
        return f'"{value}"'
    digest = hashlib.blake2b(msgspec.json.encode(value, order="sorted"), digest_size=12)
    return f'"{digest.hexdigest()}"'


def require_match(if_match: str, current: str) -> None:
    """Raise 428 when the client does not say what it has seen, 412 when that is not what is there."""
    if not if_match.strip():
        raise HTTPException(
            status_code=428, detail="send the ETag of what you have read, as If-Match"
        )
    if if_match.strip() == "*":
        return
    if current not in [tag.strip() for tag in if_match.split(",")]:
        raise HTTPException(
            status_code=412, detail="somebody else has changed this meanwhile: read it again"
        )
