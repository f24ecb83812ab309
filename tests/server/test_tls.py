"""Certificates: made, kept, renewed, or the admin's own; and what is wrong with those."""

import socket
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from dropally.common.errors import DeniedError, UsageError
from dropally.server.tls import (
    RENEWED_BEFORE,
    VALID_FOR,
    open_certificate,
    own_names,
    self_signed,
    server_context,
)
from tests.auth.appliance import START

NAMES = ["backup.example.com", "10.0.0.5", "fe80::1%eth0", "bücher.example", "x" * 70, "localhost"]


def test_a_certificate_is_made_once_and_names_the_machine(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES, START)
    assert self_signed(tmp_path, ["other"], START).fingerprint == made.fingerprint
    assert made.expires == START + VALID_FOR
    assert len(made.fingerprint.split(":")) == 32
    found = x509.load_pem_x509_certificate(made.path.read_bytes())
    names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [
        "backup.example.com",
        "xn--bcher-kva.example",
        "localhost",
    ]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == [
        "10.0.0.5",
        "fe80::1",
    ]


def test_its_key_is_for_its_owner_only(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES, START)
    assert stat.S_IMODE(made.key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.key_path.parent.stat().st_mode) == 0o700


def test_it_is_renewed_with_the_same_key_before_it_expires(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES, START)
    key = made.key_path.read_bytes()
    almost = START + VALID_FOR - RENEWED_BEFORE
    assert self_signed(tmp_path, NAMES, almost - timedelta(days=1)).fingerprint == made.fingerprint
    renewed = self_signed(tmp_path, NAMES, almost + timedelta(days=1))
    assert renewed.fingerprint != made.fingerprint
    assert renewed.expires > made.expires
    assert renewed.key_path.read_bytes() == key
    server_context(renewed)


def test_own_names_hold_the_host_and_loopback() -> None:
    assert {"localhost", socket.gethostname(), "127.0.0.1", "::1"} <= set(own_names())


def test_mistakes_in_the_files_are_named(tmp_path: Path) -> None:
    made = self_signed(tmp_path / "one", NAMES, START)
    other = self_signed(tmp_path / "two", NAMES, START)
    with pytest.raises(UsageError, match="cannot be read"):
        open_certificate(tmp_path / "none.pem", made.key_path)
    with pytest.raises(UsageError, match="no certificate"):
        open_certificate(made.key_path, made.key_path)
    with pytest.raises(UsageError, match="does not fit"):
        open_certificate(made.path, other.key_path)
    with pytest.raises(DeniedError, match="cannot be read"):
        open_certificate(made.path, tmp_path / "none.pem")


def test_a_broken_key_of_ours_is_named(tmp_path: Path) -> None:
    made = self_signed(tmp_path, NAMES, START)
    made.path.unlink()
    made.key_path.chmod(0o600)
    made.key_path.write_bytes(b"nothing")
    with pytest.raises(DeniedError, match="cannot be read"):
        self_signed(tmp_path, NAMES, START)
