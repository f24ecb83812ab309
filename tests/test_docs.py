"""The documents agree with each other and with the program: links, commands, keys, paths."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from dropally.cli.main import COMMANDS, GROUPS

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("tests/**/*.md")]
)
# The repository format names labels of keys that look like commands.
WITH_COMMANDS = [name for name in DOCUMENTS if name != "docs/repository-format.md"]
_FENCE = re.compile(r"^```.*?^```", re.M | re.S)
_INDENTED = re.compile(r"^    .*$", re.M)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.M)
_COMMAND = re.compile(r"(?:^    |^|`|[;&|$] )dropally((?: [a-z][a-z0-9-]*)+)", re.M)
_PATH = re.compile(r"`((?:dropally|tests|bench|packaging|docs)/[\w./~-]+)`")
_TABLE = re.compile(r"`\[([a-z_.]+)\] ([a-z_]+)`")


@cache
def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@cache
def anchors_of(document: Path) -> frozenset[str]:
    """The fragments that a reader of Markdown makes of the headings."""
    headings = _HEADING.findall(_FENCE.sub("", document.read_text(encoding="utf-8")))
    return frozenset(re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in headings)


@cache
def subcommands(group: str) -> frozenset[str]:
    from dropally.cli.api.groups import group_of  # noqa: PLC0415  the code of all commands

    return frozenset(
        command.name or getattr(command.callback, "__name__", "").replace("_", "-")
        for command in group_of(group, "").registered_commands
    )


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    prose = _INDENTED.sub("", _FENCE.sub("", text_of(document)))
    broken = []
    for target in _LINK.findall(prose):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        found = (ROOT / document).parent / name if name else ROOT / document
        if not found.exists() or (anchor and anchor not in anchors_of(found)):
            broken.append(target)
    assert not broken


@pytest.mark.parametrize("document", WITH_COMMANDS)
def test_commands_are_there(document: str) -> None:
    unknown = []
    for words in _COMMAND.findall(text_of(document)):
        name, *rest = words.split()
        if name not in COMMANDS and name not in GROUPS:
            unknown.append(name)
        elif name in GROUPS and rest and rest[0] not in subcommands(name):
            unknown.append(f"{name} {rest[0]}")
    assert not unknown


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_of_the_project_are_there(document: str) -> None:
    named = [path.rstrip("/") for path in _PATH.findall(text_of(document))]
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_keys_are_those_of_the_example(document: str) -> None:
    example = tomllib.loads(text_of("dropally.toml.example"))
    unknown = []
    for table, key in _TABLE.findall(text_of(document)):
        found: object = example
        for part in [*table.split("."), key]:
            found = found.get(part) if isinstance(found, dict) else None
        if found is None:
            unknown.append(f"[{table}] {key}")
    assert not unknown


@pytest.mark.parametrize("document", DOCUMENTS)
def test_no_document_names_a_folder_of_some_developers_machine(document: str) -> None:
    assert re.findall(r"(?<![\w.])/(?:home|root|Users|work)/\S*", text_of(document)) == []


def test_every_page_is_reached_from_the_readme() -> None:
    linked = set(re.findall(r"\(docs/([\w-]+\.md)", text_of("README.md")))
    assert linked == {path.name for path in (ROOT / "docs").glob("*.md")}
