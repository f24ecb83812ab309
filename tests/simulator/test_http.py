"""HTTP as real clients speak it, byte by byte where a library would hide it."""

import http.client
import json
import re
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from dropally.simulator.content_hash import content_hash
from tests.simulator.office import Office, open_office


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with open_office() as running:
        yield running


@pytest.fixture(scope="module")
def headers(office: Office) -> dict[str, str]:
    return {"Authorization": f"Bearer {office.mint_for(office.people.ann).access_token}"}


@pytest.fixture(scope="module")
def stored(office: Office, headers: dict[str, str]) -> bytes:
    """A file of 3 MB at /big.bin."""
    data = bytes(range(250)) * 12_000
    arg = {"Dropbox-API-Arg": json.dumps({"path": "/big.bin"})}
    post(office, "files/upload", data, headers | arg)
    return data


def post(office: Office, route: str, body: Any, headers: dict[str, str]) -> requests.Response:
    kind = {} if "Dropbox-API-Arg" in headers else {"Content-Type": "application/json"}
    url = f"{office.simulator.http_url}/2/{route}"
    with requests.Session() as session:
        session.trust_env = False
        return session.post(url, data=body, headers=kind | headers)


def raw(office: Office, *pieces: bytes) -> Iterator[bytes]:
    """Send bytes over one connection; yields the answer that came back after each piece."""
    port = int(office.simulator.http_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for piece in pieces:
            connection.sendall(piece)
            yield whole_answer(connection)


def whole_answer(connection: socket.socket) -> bytes:
    """Head and body, in however many packets they come."""
    came = b""
    while not (head := re.match(rb"(.*?)\r\n\r\n", came, re.DOTALL)):
        came += more_from(connection)
    length = re.search(rb"(?i)content-length: (\d+)", head[0])
    while length is not None and len(came) < head.end() + int(length[1]):
        came += more_from(connection)
    return came


def more_from(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    assert part, "the line was cut"
    return part


def head(route: str, headers: dict[str, str], *lines: str) -> bytes:
    rest = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"POST /2/{route} HTTP/1.1", "Host: x", *rest, *lines, "", ""]).encode()


def test_many_calls_go_over_one_connection(office: Office, headers: dict[str, str]) -> None:
    call = head("check/user", headers, "Content-Type: application/json", "Content-Length: 13")
    answers = list(raw(office, *[call + b'{"query":"a"}'] * 3))
    assert all(answer.startswith(b"HTTP/1.1 200 OK\r\n") for answer in answers)
    assert all(answer.endswith(b'{"result": "a"}') for answer in answers)


def test_the_content_type_is_exactly_json(office: Office, headers: dict[str, str]) -> None:
    answer = post(office, "check/user", b'{"query":"a"}', headers)
    assert answer.headers["Content-Type"] == "application/json"
    assert len(answer.headers["X-Dropbox-Request-Id"]) == 32


@pytest.mark.parametrize("body", [b"", b"null"])
def test_a_void_argument_may_be_null_or_nothing(
    office: Office, headers: dict[str, str], body: bytes
) -> None:
    assert post(office, "users/get_current_account", body, headers).status_code == 200


def test_a_body_may_come_in_chunks_after_a_continue(
    office: Office, headers: dict[str, str]
) -> None:
    arg = json.dumps({"path": "/chunked.txt"})
    lines = (f"Dropbox-API-Arg: {arg}", "Transfer-Encoding: chunked", "Expect: 100-continue")
    opening = head("files/upload", headers, "Content-Type: application/octet-stream", *lines)
    agreed, answer = raw(office, opening, b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")
    assert agreed == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert content_hash(b"hello world").encode() in answer


def test_a_download_can_be_asked_for_in_parts(
    office: Office, headers: dict[str, str], stored: bytes
) -> None:
    arg = {"Dropbox-API-Arg": json.dumps({"path": "/big.bin"})}

    def part(spec: str) -> requests.Response:
        return post(office, "files/download", b"", headers | arg | {"Range": f"bytes={spec}"})

    middle = part("100-2000099")
    assert (middle.status_code, middle.content) == (206, stored[100:2000100])
    assert middle.headers["Content-Range"] == f"bytes 100-2000099/{len(stored)}"
    assert part("2999990-").content == stored[2999990:]
    assert part("-10").content == stored[-10:]
    assert part("0-99999999").content == stored
    assert part("3000000-").status_code == 416
    assert part("nonsense").status_code == 200


def test_a_download_can_be_a_get_and_knows_what_the_caller_has(
    office: Office, headers: dict[str, str], stored: bytes
) -> None:
    arg = quote(json.dumps({"path": "/big.bin"}))
    url = f"{office.simulator.http_url}/2/files/download?arg={arg}"
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(url, headers=headers)
        assert answer.content == stored
        assert json.loads(answer.headers["Dropbox-API-Result"])["size"] == len(stored)
        known = session.get(url, headers=headers | {"If-None-Match": answer.headers["ETag"]})
        assert (known.status_code, known.content) == (304, b"")


def test_requests_that_dropbox_calls_malformed(office: Office, headers: dict[str, str]) -> None:
    def text(route: str, body: bytes, **more: str) -> str:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        answer = post(office, route, body, headers | named)
        assert answer.status_code == 400
        return answer.text

    start = 'Error in call to API function "files/get_metadata":'
    assert text("files/get_metadata", b"{") == f"{start} could not decode input as JSON"
    unknown = text("files/get_metadata", b'{"path": "/x", "pfad": 1}')
    assert unknown == f"{start} request body: unknown field 'pfad'"
    assert "missing required field 'path'" in text("files/get_metadata", b"{}")
    assert "root folder as an empty string" in text("files/list_folder", b'{"path": "/"}')
    assert "Content-Type" in text("check/user", b"{}", Content_Type="image/png")
    arg = json.dumps({"path": "/x"})
    assert "supposed to be empty" in text("files/download", b"x", Dropbox_API_Arg=arg)
    assert post(office, "no/such_route", b"{}", headers).status_code == 404


def test_garbage_is_refused_and_a_vanishing_client_does_no_harm(
    office: Office, headers: dict[str, str]
) -> None:
    (answer,) = raw(office, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    arg = json.dumps({"path": "/half.txt"})
    lines = (f"Dropbox-API-Arg: {arg}", "Content-Length: 1000000", "Expect: 100-continue")
    list(raw(office, head("files/upload", headers, *lines)))
    deadline = time.monotonic() + 60  # the server hears of it a moment later
    while office.simulator.run(lambda world: list(world.contents.spool_folder.iterdir())):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert post(office, "files/get_metadata", b'{"path":"/half.txt"}', headers).status_code == 409


def test_the_tls_face_shows_a_certificate_for_dropbox(
    office: Office, headers: dict[str, str]
) -> None:
    trust = ssl.create_default_context(cadata=office.simulator.ca_pem.decode())
    with (
        socket.create_connection(("127.0.0.1", office.simulator.tls_port)) as plain,
        trust.wrap_socket(plain, server_hostname="api.dropboxapi.com") as secured,
    ):
        call = head("check/user", headers, "Content-Type: application/json", "Content-Length: 13")
        secured.sendall(call + b'{"query":"a"}')
        assert whole_answer(secured).endswith(b'{"result": "a"}')


def test_the_proxy_face_stands_in_for_dropbox_and_nobody_else(
    office: Office, headers: dict[str, str], tmp_path: Path, stored: bytes
) -> None:
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(office.simulator.ca_pem)
    proxy = f"http://127.0.0.1:{office.simulator.proxy_port}"
    with requests.Session() as session:
        session.trust_env = False
        session.proxies = {"https": proxy}
        session.verify = str(trusted)
        arg = {"Dropbox-API-Arg": json.dumps({"path": "/big.bin"})}
        url = "https://content.dropboxapi.com/2/files/download"
        assert session.post(url, headers=headers | arg).content == stored
        with pytest.raises(requests.exceptions.ProxyError):
            session.get("https://example.com/")


def test_a_client_that_does_not_trust_the_authority_gets_nothing(office: Office) -> None:
    connection = http.client.HTTPSConnection(
        "127.0.0.1", office.simulator.proxy_port, context=ssl.create_default_context()
    )
    connection.set_tunnel("api.dropboxapi.com", 443)
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("GET", "/")
    connection.close()
