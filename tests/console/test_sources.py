"""The console's sources: texts in both languages, types that fit the API."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from dropally.server.application import described
from tests.console.browser import node

_WEB = Path(__file__).parents[2] / "web"
_MESSAGES = sorted(_WEB.glob("src/**/messages.en.json"))
_PLACEHOLDER = re.compile(r"{{\w+}}")


@pytest.mark.parametrize("english", _MESSAGES, ids=lambda path: path.parent.name)
def test_every_text_is_there_in_german_with_the_same_placeholders(english: Path) -> None:
    texts = json.loads(english.read_text())
    german = json.loads(english.with_name("messages.de.json").read_text())
    assert sorted(texts) == sorted(german)
    for key, text in texts.items():
        assert german[key], key
        assert set(_PLACEHOLDER.findall(text)) == set(_PLACEHOLDER.findall(german[key])), key


def test_the_console_is_typed_by_the_api_as_it_is(tmp_path: Path) -> None:
    """When this fails: `make web-schema`."""
    generator = _WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    executable = node()
    if not executable or not generator.exists():
        pytest.skip("the console's tools are not installed: run make web")
    document = tmp_path / "openapi.json"
    document.write_bytes(described())
    made = tmp_path / "schema.d.ts"
    subprocess.run(
        [executable, str(generator), str(document), "--output", str(made)],
        check=True,
        capture_output=True,
        cwd=_WEB,
    )
    assert made.read_text() == (_WEB / "src" / "api" / "schema.d.ts").read_text()
