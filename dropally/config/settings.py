"""What a key of a table is: how its value is read and shown, and who may change it when."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from email.utils import parseaddr
from typing import Any, Literal

from dropally.auth.addresses import email_problem
from dropally.common.errors import UsageError
from dropally.config import network, quantities, times

Applies = Literal["at once", "at restart"]
_RULE = "rule"
_PERIOD = re.compile(r"[1-9]\d{0,4}(d|w|mo|y)")


@dataclass(frozen=True)
class Rule:
    """Of one key.

    `parse` reads one value (each, of a list) and raises UsageError; without it, the annotation
    says what is wanted. `at_least` and `at_most` bound what was read. A secret is never shown. A
    fixed key is decided by file and environment only, never in the console.
    """

    parse: Callable[[object], Any] | None = None
    show: Callable[[Any], Any] | None = None
    at_least: int | None = None
    at_most: int | None = None
    is_secret: bool = False
    is_fixed: bool = False
    applies: Applies = "at once"
    name: str = ""


def setting(default: Any, **rule: Any) -> Any:
    """A key whose default is given as the program holds it."""
    return field(
        default=default,
        repr=not rule.get("is_secret", False),
        metadata={_RULE: Rule(**rule)},
    )


def rule_of(entry: Any) -> Rule:
    """The rule of a dataclass field; a plain one if none was given."""
    rule: Rule = entry.metadata.get(_RULE) or Rule()
    return rule


def key_name(entry: Any) -> str:
    """What the file calls this field."""
    return rule_of(entry).name or str(entry.name)


def named_fields(kind: Any) -> dict[str, Any]:
    """The fields of a table by what the file calls them."""
    return {key_name(entry): entry for entry in fields(kind)}


def fixed(default: Any, **rule: Any) -> Any:
    """A key that only file and environment decide; it is read when Dropally starts."""
    return setting(default, is_fixed=True, applies="at restart", **rule)


def secret(**rule: Any) -> Any:
    """A text that is never shown."""
    return setting("", is_secret=True, **rule)


def duration(default: str, **rule: Any) -> Any:
    """Seconds, written `"30m"`."""
    return setting(
        quantities.parse_duration(default),
        parse=quantities.parse_duration,
        show=quantities.show_duration,
        **rule,
    )


def size(default: str, **rule: Any) -> Any:
    """Bytes, written `"256MiB"`."""
    return setting(
        quantities.parse_size(default),
        parse=quantities.parse_size,
        show=quantities.show_size,
        **rule,
    )


def zone(default: str) -> Any:
    """The name of a time zone."""
    return setting(default, parse=times.parse_zone)


def upkeep_plan(default: str) -> Any:
    """`"daily 02:00"`."""
    return setting(
        times.parse_upkeep_plan(default),
        parse=times.parse_upkeep_plan,
        show=str,
        applies="at restart",
    )


def listen(*defaults: str, **rule: Any) -> Any:
    """Addresses to listen on."""
    return fixed(
        tuple(network.parse_listen(text) for text in defaults),
        parse=network.parse_listen,
        show=str,
        **rule,
    )


def period(value: object) -> str:
    """How long, in the calendar's units: `"30d"`, `"8w"`, `"12mo"`, `"7y"`; "" for none."""
    if value == "" or (isinstance(value, str) and _PERIOD.fullmatch(value)):
        return str(value)
    raise UsageError('must be a period such as "30d", "12mo" or "7y"')


def address(value: object) -> str:
    """An http(s) link, or "" for none."""
    if value == "":
        return ""
    if isinstance(value, str) and re.fullmatch(r"https?://\S+", value) and value.isprintable():
        return value
    raise UsageError('must be a link such as "https://example.com/help"')


def mail_host(value: object) -> str:
    """The name or address of a mail server, or "" for none."""
    return "" if value == "" else network.parse_host(value)


def mail_sender(value: object) -> str:
    """`Dropally <dropally@example.com>` or the bare address; "" for none."""
    if value == "":
        return ""
    text = value if isinstance(value, str) and value.isprintable() else ""
    if email_problem(parseaddr(text)[1]):
        raise UsageError('must be an address such as "Dropally <dropally@example.com>"')
    return text
