"""The ways to Dropbox: encrypted, through a proxy, with certificates of one's own."""

from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest
from dropally.common.clock import SystemClock
from dropally.common.errors import DeniedError, TryLaterError
from dropally.dropbox_api import ConnectionSettings, open_team
from dropally.dropbox_api.http_pool import trust_in
from dropally.simulator.transport.faces import Addresses
from tests.dropbox_api.team_of_three import QUICK, Stage, everything, hash_of, open_stage

CONTENT = b"through the wall" * 100_000


@pytest.fixture(scope="module")
def walled() -> Iterator[Stage]:
    with open_stage(addresses=Addresses(tls=0, proxy=0)) as stage:
        stage.put(stage.people.ann.home_namespace, "/file.bin", CONTENT)
        yield stage


@pytest.fixture
def ca_file(walled: Stage, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(walled.simulator.ca_pem)
    return path


def read_file(stage: Stage, settings: ConnectionSettings) -> bytes:
    with open_team(stage.credentials, settings, clock=SystemClock()) as connection:
        home = connection.namespace(stage.people.ann.home_namespace, connection.discover())
        entry = everything(home)[0]
        return b"".join(home.download(str(entry["rev"]), len(CONTENT), hash_of(CONTENT)))


def test_an_encrypted_server_with_its_own_certificate(walled: Stage, ca_file: Path) -> None:
    url = f"https://localhost:{walled.simulator.tls_port}"
    settings = ConnectionSettings(api_url=url, ca_file=ca_file, retry=QUICK)
    assert read_file(walled, settings) == CONTENT


def test_dropboxs_own_names_through_a_proxy(walled: Stage, ca_file: Path) -> None:
    proxy = f"http://127.0.0.1:{walled.simulator.proxy_port}"
    settings = ConnectionSettings(proxy_url=proxy, ca_file=ca_file, retry=QUICK)
    assert read_file(walled, settings) == CONTENT


def test_an_unknown_certificate_is_not_trusted(walled: Stage) -> None:
    url = f"https://localhost:{walled.simulator.tls_port}"
    settings = ConnectionSettings(api_url=url, retry=QUICK)
    with pytest.raises(DeniedError, match="certificate") as caught:
        read_file(walled, settings)
    assert "ca_file" in caught.value.hint


def test_the_environment_changes_nothing(
    walled: Stage, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, "/nowhere/ca.pem")
    url = f"https://localhost:{walled.simulator.tls_port}"
    settings = ConnectionSettings(api_url=url, ca_file=ca_file, retry=QUICK)
    assert read_file(walled, settings) == CONTENT


def test_a_proxy_that_is_not_there_is_try_later(walled: Stage) -> None:
    settings = ConnectionSettings(proxy_url="http://127.0.0.1:9", retry=QUICK)
    with pytest.raises(TryLaterError, match="cannot be reached"):
        read_file(walled, settings)


def test_certificates_are_read_once_as_long_as_their_file_stays(
    walled: Stage, ca_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(Path(certifi.where()).read_bytes())
    url = f"https://localhost:{walled.simulator.tls_port}"
    for path in (ca_file, other):
        assert trust_in(path) is trust_in(path)
    before = trust_in(other)
    with pytest.raises(DeniedError):
        read_file(walled, ConnectionSettings(api_url=url, ca_file=other, retry=QUICK))
    other.write_bytes(walled.simulator.ca_pem)
    assert trust_in(other) is not before
    settings = ConnectionSettings(api_url=url, ca_file=other, retry=QUICK)
    assert read_file(walled, settings) == CONTENT
