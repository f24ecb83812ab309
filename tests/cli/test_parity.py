"""Every operation of the API has a command, and every command fits the API as it is."""

import string
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from dropally.cli.api.command import ApiCommand, Word
from dropally.cli.api.groups import TABLE, WITHOUT_COMMAND, WRITTEN
from dropally.cli.main import COMMANDS, GROUPS
from tests.server.appliance import served

Json = Mapping[str, Any]


class Api:
    """The API's description of itself."""

    def __init__(self, document: Json) -> None:
        self.schemas: Json = document["components"]["schemas"]
        self.operations: dict[str, tuple[str, str, Json]] = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }

    def objects(self, schema: Json) -> Iterator[Json]:
        """The object types that a schema allows."""
        if "$ref" in schema:
            yield from self.objects(self.schemas[schema["$ref"].rpartition("/")[2]])
        for one in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
            yield from self.objects(one)
        if schema.get("type") == "array":
            yield from self.objects(schema["items"])
        if "properties" in schema or schema.get("type") == "object":
            yield schema

    def has_field(self, schema: Json, name: str) -> bool:
        """True if a field, with dots through objects, can be there."""
        first, _, rest = name.partition(".")
        for one in self.objects(schema):
            if not one.get("properties"):
                return True  # any names
            field = one["properties"].get(first)
            if field is not None and (not rest or self.has_field(field, rest)):
                return True
        return False

    def answer(self, operation: str) -> Json:
        """The schema of what it answers when it went well; {} for nothing."""
        responses = self.operations[operation][2]["responses"]
        [good] = [response for code, response in responses.items() if code.startswith("2")]
        content = good.get("content", {})
        return next(iter(content.values()))["schema"] if content else {}

    def body(self, operation: str) -> Json:
        """The schema of the JSON that it takes; {} for none."""
        request = self.operations[operation][2].get("requestBody", {"content": {}})
        return next(iter(request["content"].values()), {"schema": {}})["schema"]

    def parameters(self, operation: str, place: str) -> set[str]:
        found = self.operations[operation][2].get("parameters", ())
        return {one["name"] for one in found if one["in"] == place}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder: Path = tmp_path_factory.mktemp("described")
    with served(folder) as found:
        yield Api(found.operator().get("/api/v1/openapi.json").json())


def test_every_operation_has_a_command_or_a_reason_why_not(api: Api) -> None:
    rows = {row.operation for row in TABLE}
    written = {operation for one in WRITTEN for operation in one.operations}
    described = set(api.operations)
    assert described - rows - written - set(WITHOUT_COMMAND) == set(), "operations without command"
    assert (rows | written | set(WITHOUT_COMMAND)) - described == set(), "no such operations"
    assert (rows | written) & set(WITHOUT_COMMAND) == set(), "there is a command after all"


def test_names_are_used_once() -> None:
    names = [(row.group, row.name) for row in TABLE]
    names += [(one.group, one.name) for one in WRITTEN if one.module.startswith("api.")]
    assert len(names) == len(set(names))
    assert {row.group for row in TABLE} <= set(GROUPS)


@pytest.mark.parametrize("written", WRITTEN, ids=lambda one: f"{one.group}-{one.name}")
def test_hand_written_commands_are_there(written: Any) -> None:
    module = import_module(f"dropally.cli.{written.module}")
    assert getattr(module, written.function).__doc__
    assert written.group in GROUPS or written.name in COMMANDS


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.group}-{row.name}")
def test_a_row_fits_its_operation(api: Api, row: ApiCommand) -> None:
    method, path, _ = api.operations[row.operation]
    assert (row.method, f"/api/v1{row.path}") == (method, path)
    assert {word.name for word in row.words if word.place == "path"} == api.parameters(
        row.operation, "path"
    )
    queries = {word.name for word in row.words if word.place == "query"}
    assert queries <= api.parameters(row.operation, "query")
    if row.has_pages:
        assert api.has_field(api.answer(row.operation), "items")
    body = api.body(row.operation)
    for name in [*(word.name for word in row.words if word.place == "body"), *row.fixed]:
        assert api.has_field(body, name), name
    for name in _required(api, body):
        assert name in row.fixed or any(_gives(word, name) for word in row.words), name
    assert set(row.needs) <= {word.parameter for word in row.words}
    assert row.changes == ("If-Match" in api.parameters(row.operation, "header"))
    if row.starts:
        assert "Idempotency-Key" in api.parameters(row.operation, "header")


def _required(api: Api, body: Json) -> list[str]:
    return [name for one in api.objects(body) for name in one.get("required", ())][:20]


def _gives(word: Word, name: str) -> bool:
    return word.place == "body" and (word.name == name or word.name.startswith(f"{name}."))


@pytest.mark.parametrize(
    "row", [row for row in TABLE if row.columns], ids=lambda row: f"{row.group}-{row.name}"
)
def test_columns_are_fields_of_the_answer(api: Api, row: ApiCommand) -> None:
    schema = api.answer(row.operation)
    before = "items." if row.has_pages else "" if row.items == "." else f"{row.items}."
    for column in row.columns:
        assert api.has_field(schema, f"{before}{column.key}"), column.key


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE if row.done or row.confirm],
    ids=lambda row: f"{row.group}-{row.name}",
)
def test_texts_name_fields_of_the_answer_or_words(api: Api, row: ApiCommand) -> None:
    schema, words = api.answer(row.operation), {word.parameter for word in row.words}
    for text, may_name_the_answer in ((row.done, True), (row.confirm, False)):
        for _, name, _, _ in string.Formatter().parse(text):
            if name is not None:
                in_answer = may_name_the_answer and bool(schema) and api.has_field(schema, name)
                assert in_answer or name in words, name
