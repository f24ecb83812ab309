"""Arguments and answers checked against Dropbox's own type definitions.

The SDK carries the types of the public API specification as generated validators; this module is
the only one of the simulator that imports it.
"""

import functools
import importlib
import json
import re
from typing import Any

from dropbox import stone_serializers, stone_validators

from dropally.simulator.errors import BadRequest
from dropally.simulator.routes_table import Route

_VERSION = re.compile(r"_v(\d+)$")


class AnswerInvalidError(Exception):
    """Strict mode: the simulator was about to answer what Dropbox never would."""


def check_argument(route: Route, arg: Any) -> None:
    """Refuse an argument that Dropbox would refuse.

    Raises BadRequest with Dropbox's text: unknown fields, missing fields, wrong types or patterns.
    """
    try:
        _decode(_spec(route.name).arg_type, arg)
    except stone_validators.ValidationError as error:
        raise BadRequest(f"{complaint(route)} request body: {error}") from None


def check_result(route: Route, result: Any) -> None:
    """Raises AnswerInvalidError when a result is not of the route's type."""
    _check_answer(route, _spec(route.name).result_type, result)


def check_error(route: Route, error: Any) -> None:
    """Raises AnswerInvalidError when an error is not of the route's type."""
    _check_answer(route, _spec(route.name).error_type, error)


def complaint(route: Route) -> str:
    """How every 400 text of Dropbox begins."""
    return f'Error in call to API function "{route.name}":'


def _check_answer(route: Route, data_type: Any, value: Any) -> None:
    try:
        _decode(data_type, value)
    except stone_validators.ValidationError as error:
        shown = json.dumps(value)[:2000]
        raise AnswerInvalidError(f"{route.name} answered {shown}: {error}") from error


def _decode(data_type: Any, value: Any) -> None:
    stone_serializers.json_compat_obj_decode(data_type, value, strict=True)


@functools.cache
def _spec(name: str) -> Any:
    namespace, _, rest = name.partition("/")
    version = _VERSION.search(rest)
    key = f"{rest[: version.start()]}:{version.group(1)}" if version else rest
    return importlib.import_module(f"dropbox.{namespace}").ROUTES[key]
