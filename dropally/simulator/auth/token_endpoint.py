"""POST /oauth2/token: codes and refresh tokens in, access tokens out (RFC 6749, sections 4.1, 6)."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

from dropally.simulator.auth.apps import App
from dropally.simulator.auth.codes import AuthorizationCode, CodeError
from dropally.simulator.auth.grants import ACCESS_LIFETIME_S, AccessToken, Grant
from dropally.simulator.auth.scopes import render
from dropally.simulator.auth.state import AuthState, legacy_uid
from dropally.simulator.auth.web import WebAnswer, json_answer, read_form


class TokenError(Exception):
    """A refusal of the token endpoint: an OAuth error code and a text."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


def exchange(form: str, authorization: str | None, auth: AuthState) -> WebAnswer:
    """Answer one token request.

    `authorization` is the header of clients that send key and secret as HTTP Basic.
    """
    try:
        return json_answer(200, _answer(read_form(form), authorization, auth))
    except TokenError as error:
        return json_answer(400, {"error": error.code, "error_description": error.description})


def _answer(
    fields: Mapping[str, str], authorization: str | None, auth: AuthState
) -> dict[str, Any]:
    app, secret = _identify_client(fields, authorization, auth)
    match fields.get("grant_type"):
        case "authorization_code":
            return _exchange_code(fields, app, secret, auth)
        case "refresh_token":
            return _refresh(fields, app, secret, auth)
        case other:
            raise TokenError("unsupported_grant_type", f"grant_type {other!r} is not known")


def _identify_client(
    fields: Mapping[str, str], authorization: str | None, auth: AuthState
) -> tuple[App, str | None]:
    key, secret = fields.get("client_id"), fields.get("client_secret")
    if authorization is not None:
        key, secret = read_basic(authorization) or (None, None)
    app = auth.apps.get(key or "")
    if app is None or (secret and not app.secret_matches(secret)):
        raise TokenError("invalid_client", "Invalid client_id or client_secret")
    return app, secret or None


def read_basic(authorization: str) -> tuple[str, str] | None:
    """App key and secret from an `Authorization: Basic` header; None when it is anything else."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    key, _, secret = decoded.partition(":")
    return unquote_plus(key), unquote_plus(secret)


def _exchange_code(
    fields: Mapping[str, str],
    app: App,
    secret: str | None,
    auth: AuthState,
) -> dict[str, Any]:
    try:
        code = auth.codes.look_up(fields.get("code", ""))
    except CodeError as error:
        raise TokenError("invalid_grant", str(error)) from error
    _check_code(code, fields, app, secret)
    auth.codes.consume(code)
    grant = auth.grants.grant(
        app.app_key,
        code.subject,
        code.scopes,
        offline=code.offline,
        without_secret=code.challenge is not None,
    )
    return _first_answer(grant, auth.grants.issue(grant))


def _check_code(
    code: AuthorizationCode, fields: Mapping[str, str], app: App, secret: str | None
) -> None:
    if code.app_key != app.app_key:
        raise TokenError("invalid_grant", "code was issued to another app")
    if (fields.get("redirect_uri") or None) != code.redirect_uri:
        raise TokenError("invalid_grant", "redirect_uri mismatch")
    verifier = fields.get("code_verifier")
    if code.challenge is not None:
        if not verifier or not code.challenge.answered_by(verifier):
            raise TokenError("invalid_grant", "invalid code verifier")
    elif verifier:
        raise TokenError("invalid_grant", "code was issued without a code challenge")
    elif secret is None:
        raise TokenError("invalid_client", "Neither client_secret nor code_verifier was given")


def _first_answer(grant: Grant, token: AccessToken) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "access_token": token.value,
        "token_type": "bearer",
        "expires_in": ACCESS_LIFETIME_S,
        "scope": render(token.scopes),
        "uid": legacy_uid(grant.subject),
    }
    if grant.refresh_token:
        answer["refresh_token"] = grant.refresh_token
    owner_field = "team_id" if grant.subject.kind == "team" else "account_id"
    return {**answer, owner_field: grant.subject.owner_id}


def _refresh(
    fields: Mapping[str, str], app: App, secret: str | None, auth: AuthState
) -> dict[str, Any]:
    grant = auth.grants.find_refresh(fields.get("refresh_token", ""))
    if grant is None or grant.app_key != app.app_key:
        raise TokenError("invalid_grant", "refresh token is invalid or revoked")
    if secret is None and app.app_secret is not None and not grant.without_secret:
        raise TokenError("invalid_client", "client_secret is required for this refresh token")
    narrowed = _narrowed(fields.get("scope"), grant)
    token = auth.grants.issue(grant, scopes=narrowed)
    answer: dict[str, Any] = {
        "access_token": token.value,
        "token_type": "bearer",
        "expires_in": ACCESS_LIFETIME_S,
    }
    if narrowed is not None:
        answer["scope"] = render(token.scopes)
    return answer


def _narrowed(scope: str | None, grant: Grant) -> frozenset[str] | None:
    if not scope:
        return None
    wanted = frozenset(scope.split())
    if not wanted <= grant.scopes:
        refused = " ".join(sorted(wanted - grant.scopes))
        raise TokenError("invalid_scope", f"scope was not granted: {refused}")
    return wanted
