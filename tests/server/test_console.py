"""How the console's files are served."""

import gzip
from pathlib import Path

import httpx
import pytest
from dropally.server.application import build_application
from dropally.server.in_process import InProcessTransport
from dropally.server.routes import ALL_ROUTES
from tests.server.appliance import BASE_URL, Served

_ACCEPTS = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<meta property="csp-nonce" nonce="DROPALLY_CSP_NONCE">')
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-abc123.js").write_text("start()")
    (folder / "assets" / "index-abc123.js.gz").write_bytes(gzip.compress(b"start()"))
    # The server passes on what was packed at the build, and does not look into it.
    (folder / "assets" / "index-abc123.js.br").write_bytes(b"packed with brotli")
    (folder / "secret.toml").write_text("x")
    return folder


@pytest.fixture
def visitor(appliance: Served, built: Path) -> httpx.Client:
    app = build_application(appliance.parts, ALL_ROUTES, built)
    client = httpx.Client(transport=InProcessTransport(app), base_url=BASE_URL)
    return appliance.ending.enter_context(client)


def test_every_page_address_gets_the_page_with_a_nonce_of_its_own(visitor: httpx.Client) -> None:
    first, second = (
        visitor.get(path, headers=_ACCEPTS) for path in ("/", "/recovery/tsk_1/ent_2?at=latest")
    )
    policy = first.headers["Content-Security-Policy"]
    nonce = first.text.split('nonce="')[1].split('"')[0]
    assert f"style-src 'self' 'nonce-{nonce}'" in policy
    assert "unsafe" not in policy
    assert nonce not in second.text
    assert first.headers["Cache-Control"] == "no-store"
    assert first.headers["X-Content-Type-Options"] == "nosniff"


def test_assets_are_sent_packed_and_kept_for_ever(visitor: httpx.Client) -> None:
    found = visitor.get("/assets/index-abc123.js", headers={"Accept-Encoding": "gzip, br;q=0"})
    assert found.text == "start()"
    assert found.headers["Content-Encoding"] == "gzip"
    assert "immutable" in found.headers["Cache-Control"]
    with visitor.stream(
        "GET", "/assets/index-abc123.js", headers={"Accept-Encoding": "gzip, br"}
    ) as smallest:
        assert smallest.headers["Content-Encoding"] == "br"
        assert b"".join(smallest.iter_raw()) == b"packed with brotli"
    plain = visitor.get("/assets/index-abc123.js", headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert plain.text == "start()"
    head = visitor.head("/favicon.svg")
    assert (head.headers["Content-Type"], head.content) == ("image/svg+xml", b"")


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/assets/..", "/secret.toml", "/assets/%2e%2e%2fsecret.toml", "/nowhere"],
)
def test_what_is_not_there_is_a_problem_for_programs(visitor: httpx.Client, path: str) -> None:
    found = visitor.get(path)
    assert found.status_code == 404
    assert found.headers["Content-Type"] == "application/problem+json"


def test_the_api_is_never_answered_with_the_page(visitor: httpx.Client) -> None:
    assert visitor.get("/api/v1/nothing", headers=_ACCEPTS).json()["code"] == "not_found"
    assert visitor.get("/healthz", headers=_ACCEPTS).json() == {"status": "ok"}


def test_without_a_build_the_page_says_how_to_make_one(appliance: Served, tmp_path: Path) -> None:
    app = build_application(appliance.parts, ALL_ROUTES, tmp_path / "none")
    with httpx.Client(transport=InProcessTransport(app), base_url=BASE_URL) as visitor:
        found = visitor.get("/", headers=_ACCEPTS)
    assert found.status_code == 503
    assert "make web" in found.text
