"""Handing mails in: in the clear, by STARTTLS and TLS, with and without a password."""

import datetime as dt
import socket
import ssl
import threading
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from dropally.notify.mailer import message_of
from dropally.notify.smtp import Delivery, MailServer, deliver
from dropally.notify.texts import Text
from tests.notify.mail_room import SENDER, inbox

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
TEXT = Text("Grüße", "Hallo\n", "<p>Hallo</p>")


def handed_in(server: MailServer, *recipients: str) -> dict[int, Delivery]:
    noted: dict[int, Delivery] = {}
    messages = [message_of(server, recipient, TEXT, NOW) for recipient in recipients]
    deliver(server, messages, noted.__setitem__, lambda: False)
    return noted


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's context, and the file that makes clients trust it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)  # noqa: TID251  a certificate is good for the machine's time
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - dt.timedelta(days=1))
        .not_valid_after(today + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, key_file = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key_file)
    return context, pem


def test_a_mail_arrives_whole() -> None:
    with inbox() as found:
        noted = handed_in(found.server(), "ann@example.com", "bo@example.com")
    assert [noted[number].is_sent for number in (0, 1)] == [True, True]
    assert "queued as 4711" in noted[0].answer
    mail = found.mails[0]
    assert mail["Subject"] == "Grüße"
    assert mail["From"] == SENDER
    assert mail["To"] == "ann@example.com"
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "+0000" in mail["Date"]


def test_starttls_with_an_own_authority(certificate: tuple[ssl.SSLContext, Path]) -> None:
    context, pem = certificate
    with inbox(context) as found:
        unknown = handed_in(found.server(security="starttls"), "ann@example.com")
        known = handed_in(found.server(security="starttls", ca_file=str(pem)), "ann@example.com")
    assert not unknown[0].is_sent
    assert "certificate verify failed" in unknown[0].answer
    assert known[0].is_sent


def test_a_server_without_starttls_is_not_spoken_to_in_the_clear() -> None:
    with inbox() as found:
        noted = handed_in(found.server(security="starttls"), "ann@example.com")
    assert not noted[0].is_sent
    assert not found.mails


def test_the_password(certificate: tuple[ssl.SSLContext, Path]) -> None:
    context, pem = certificate
    options = {"security": "starttls", "ca_file": str(pem), "username": "dropally"}
    with inbox(context, password="canary-right") as found:
        right = handed_in(found.server(password="canary-right", **options), "ann@example.com")
        wrong = handed_in(found.server(password="canary-wrong", **options), "ann@example.com")
    assert right[0].is_sent
    assert not wrong[0].is_sent
    assert "535" in wrong[0].answer
    assert not wrong[0].is_hopeless, "somebody will correct the password"
    assert "canary" not in wrong[0].answer + repr(found.server(password="canary"))


def test_one_refused_recipient_does_not_hold_up_the_others() -> None:
    with inbox() as found:
        found.answer = lambda to: "550 5.1.1 no such user here" if to.startswith("gone") else ""
        noted = handed_in(found.server(), "gone@example.com", "ann@example.com")
    assert noted[0] == Delivery(
        is_sent=False, answer="550 5.1.1 no such user here", is_hopeless=True
    )
    assert noted[1].is_sent


def test_a_full_mailbox_may_be_emptied() -> None:
    with inbox() as found:
        found.answer = lambda _: "452 4.2.2 mailbox full"
        noted = handed_in(found.server(), "ann@example.com")
    assert noted[0] == Delivery(is_sent=False, answer="452 4.2.2 mailbox full")


def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        server = MailServer("127.0.0.1", port, "none", SENDER)
        noted = handed_in(server, "ann@example.com", "bo@example.com")
    assert [delivery.is_sent for delivery in noted.values()] == [False, False]
    assert str(port) in noted[0].answer


def test_a_stop_lets_the_mail_under_way_be_confirmed_and_begins_no_other() -> None:
    noted: dict[int, Delivery] = {}
    is_told = threading.Event()
    with inbox() as found:
        found.may_answer = is_told.is_set

        def should_stop() -> bool:
            if found.came.is_set():
                is_told.set()
            return found.came.is_set()

        server = found.server()
        messages = [message_of(server, f"{name}@example.com", TEXT, NOW) for name in ("a", "b")]
        assert not deliver(server, messages, noted.__setitem__, should_stop)
    assert [(number, delivery.is_sent) for number, delivery in noted.items()] == [(0, True)]
    assert len(found.mails) == 1, "what was taken is not sent again, what waits is sent later"


def test_a_silent_server_does_not_hold_up_the_stop() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], "none", SENDER)
        noted: dict[int, Delivery] = {}
        message = message_of(server, "ann@example.com", TEXT, NOW)
        assert not deliver(server, [message], noted.__setitem__, lambda: True)
    assert noted == {}
