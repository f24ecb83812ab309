"""Public ids of what the appliance keeps."""

import base64
import secrets

_ID_BYTES = 10


def new_id(prefix: str) -> str:
    """An id such as `usr_3k2j…`: it opens nothing, but cannot be guessed either."""
    return prefix + base64.b32encode(secrets.token_bytes(_ID_BYTES)).decode().lower()
