"""The apps registered in the simulated app console."""

import hmac
from urllib.parse import urlsplit

import msgspec

from dropally.simulator.auth.scopes import ALL_SCOPES

#: Hosts for which Dropbox takes a redirect URI without TLS.
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})


class RedirectUriError(ValueError):
    """A redirect URI that Dropbox's app console would refuse to register."""


class App(msgspec.Struct):
    """One app: its public key, its secret, where it may send people, and what it may ask for."""

    app_key: str
    name: str
    app_secret: str | None = None
    redirect_uris: tuple[str, ...] = ()
    scopes: frozenset[str] = ALL_SCOPES

    def __post_init__(self) -> None:
        for uri in self.redirect_uris:
            _check_redirect_uri(uri)

    def secret_matches(self, secret: str) -> bool:
        """Whether `secret` is the app's; an app without one is matched by nothing."""
        if self.app_secret is None:
            return False
        return hmac.compare_digest(self.app_secret.encode(), secret.encode())


def _check_redirect_uri(uri: str) -> None:
    parts = urlsplit(uri)
    local = parts.hostname in _LOCAL_HOSTS
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise RedirectUriError(f"{uri}: a redirect URI must be https, or http on localhost")
    if parts.fragment:
        raise RedirectUriError(f"{uri}: a redirect URI may not have a fragment")
