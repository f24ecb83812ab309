"""The console's sources: texts in both languages, types that fit the API."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from dropally.server.application import described
from tests.console.browser import built_console, node

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


_SIGN_IN = (
    "index.html",
    "src/app/PlainFrame.tsx",
    "src/features/session/SignInPage.tsx",
    "src/app/messages.en.json",
    "src/ui/messages.en.json",
    "src/features/session/messages.en.json",
)
_HOME = (
    "src/app/Shell.tsx",
    "src/features/home/HomePage.tsx",
    "src/features/home/messages.en.json",
    "src/features/jobs/messages.en.json",
    "src/features/tasks/messages.en.json",
)


@pytest.mark.parametrize(
    ("pages", "most_bytes"), [(_SIGN_IN, 250_000), (_SIGN_IN + _HOME, 375_000)]
)
def test_the_first_load_stays_small(pages: tuple[str, ...], most_bytes: int) -> None:
    """Packed, as it is sent: scripts, styles and texts until sign-in, and until Home, are shown."""
    built = built_console().parent
    manifest_path = built / ".vite" / "manifest.json"
    if not manifest_path.exists():
        pytest.skip("the console is not built: run make web")
    manifest = json.loads(manifest_path.read_text())
    wanted = list(pages)
    files: set[str] = set()
    seen: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in seen:
            seen.add(name)
            files |= {manifest[name]["file"], *manifest[name].get("css", [])}
            wanted += manifest[name].get("imports", [])
    sizes = {file: _sent_bytes(built / file) for file in files}
    assert sum(sizes.values()) < most_bytes, sorted(sizes.items(), key=lambda one: -one[1])[:8]


def _sent_bytes(file: Path) -> int:
    packed = file.with_name(file.name + ".gz")
    return (packed if packed.exists() else file).stat().st_size


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
