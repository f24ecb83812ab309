"""The HTML of the consent pages: plain forms that work without scripts."""

from collections.abc import Sequence
from html import escape

from dropally.simulator.auth.state import Login

_STYLE = """
body{margin:0;background:#f5f3ef;color:#1e1919;font:16px/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:3rem auto;padding:2rem;background:#fff;border:1px solid #d8d3cb}
h1{font-size:1.4rem;margin-top:0}
fieldset{border:1px solid #d8d3cb;margin:0 0 1rem;padding:.5rem 1rem}
label{display:block;padding:.25rem 0}
.problem{border-left:4px solid #9b0032;padding-left:.75rem;color:#9b0032}
.code{display:block;padding:.75rem;background:#f5f3ef;font:1.05rem ui-monospace,monospace;
word-break:break-all;user-select:all}
button{font:inherit;padding:.5rem 1.25rem;border:1px solid #1e1919;background:#fff;cursor:pointer}
button.allow{background:#0061fe;border-color:#0061fe;color:#fff}
small{color:#5c5651}
"""


def consent_page(
    *,
    query: str,
    app_name: str,
    scopes: Sequence[str],
    target: str,
    logins: Sequence[Login],
    problem: str,
) -> str:
    """The form: who signs in, what the app asks for, allow or deny."""
    name = escape(app_name)
    note = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    asked = "".join(f"<li><code>{escape(scope)}</code></li>" for scope in scopes)
    people = "".join(_login_choice(login, first=login is logins[0]) for login in logins)
    return _page(
        f"Connect {name}",
        f"""{note}
<p><strong>{name}</strong> asks for access to {escape(target)}.</p>
<form method="post" action="/oauth2/authorize">
<input type="hidden" name="request" value="{escape(query)}">
<fieldset><legend>Sign in as</legend>{people}</fieldset>
<p>It will be able to use:</p><ul>{asked}</ul>
<button class="allow" name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Cancel</button>
</form>""",
    )


def code_page(app_name: str, code: str) -> str:
    """The code for an app that cannot be redirected to."""
    return _page(
        "Access code",
        f"""<p>Enter this code into <strong>{escape(app_name)}</strong> to finish.</p>
<output class="code" id="auth-code" data-token="{escape(code)}">{escape(code)}</output>""",
    )


def denied_page(app_name: str) -> str:
    """Shown after Cancel when there is no redirect URI."""
    return _page("Not connected", f"<p>{escape(app_name)} was given no access.</p>")


def refused_page(reason: str) -> str:
    """The link itself is wrong."""
    return _page(
        "This link does not work",
        f'<p class="problem" role="alert">{escape(reason)}</p>'
        "<p>Check the app's key, its redirect URIs and its permissions.</p>",
    )


def _login_choice(login: Login, *, first: bool) -> str:
    role = "admin" if login.is_admin else "member" if login.kind == "member" else "personal"
    checked = " checked" if first else ""
    return (
        f'<label><input type="radio" name="login" value="{escape(login.id)}"{checked}> '
        f"{escape(login.display_name)} <small>{escape(login.email)} ({role})</small></label>"
    )


def _page(title: str, body: str) -> str:
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - simulated Dropbox</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>
<body><main><h1>{title}</h1>{body}<p><small>A simulated Dropbox: no real account is touched.</small></p>
</main></body></html>
"""
