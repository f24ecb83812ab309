"""check/*: does the token, or the app's key and secret, work? Both echo the query."""

from typing import Any

from dropally.simulator.routing import Call, route

Json = dict[str, Any]


@route("check/user")
def check_user(call: Call) -> Json:
    """Echo, after the token was checked."""
    return {"result": call.arg.get("query", "")}


@route("check/app")
def check_app(call: Call) -> Json:
    """Echo, after key and secret were checked."""
    return {"result": call.arg.get("query", "")}
