"""Proof Key for Code Exchange (RFC 7636): the code is worth nothing without the verifier."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Literal

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")

Method = Literal["S256", "plain"]


class ChallengeError(ValueError):
    """The code challenge in an authorisation request makes no sense."""


@dataclass(frozen=True)
class Challenge:
    """What the client promised at the start of the flow."""

    value: str
    method: Method

    def answered_by(self, verifier: str) -> bool:
        """Whether `verifier` is the secret this challenge was made from."""
        if not _VERIFIER.fullmatch(verifier):
            return False
        return hmac.compare_digest(_transform(verifier, self.method), self.value)


def read_challenge(value: str | None, method: str | None) -> Challenge | None:
    """The challenge of an authorisation request, None when it carries none.

    Raises ChallengeError for an unknown method or a value of impossible length.
    """
    if not value:
        if method:
            raise ChallengeError("code_challenge_method without code_challenge")
        return None
    if not _VERIFIER.fullmatch(value):
        raise ChallengeError("code_challenge must be 43 to 128 unreserved characters")
    if method == "S256":
        return Challenge(value, "S256")
    if method in (None, "", "plain"):
        return Challenge(value, "plain")
    raise ChallengeError(f"code_challenge_method {method!r} is neither S256 nor plain")


def _transform(verifier: str, method: Method) -> str:
    if method == "plain":
        return verifier
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
