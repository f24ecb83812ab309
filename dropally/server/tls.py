"""Certificates: one made here at the first start, or the admin's own files.

A certificate made here is good for two years and renewed, with the same key, a month before its end.
Browsers warn about it: its fingerprint is printed at start, so that admins can compare.
"""

import fcntl
import os
import socket
import ssl
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from dropally.auth.sealing import write_private_once
from dropally.common.errors import DeniedError, UsageError

FOLDER = "tls"
VALID_FOR = timedelta(days=730)
RENEWED_BEFORE = timedelta(days=30)
_CERTIFICATE, _KEY = "certificate.pem", "key.pem"
_SIOCGIFADDR = 0x8915
_IPV6_LIST = Path("/proc/net/if_inet6")
_SLACK = timedelta(days=1)  # clocks of browsers may be behind
_LONGEST_COMMON_NAME = 64


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, as files. `fingerprint` is SHA-256, as browsers show it."""

    path: Path
    key_path: Path
    fingerprint: str
    expires: datetime


def open_certificate(path: Path, key_path: Path) -> Certificate:
    """The admin's own files. UsageError names what is wrong with them."""
    try:
        found = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError as error:
        raise UsageError(
            f"the certificate {path} cannot be read: {error.strerror}",
            hint="correct [server] tls_cert, or set tls = 'self-signed'",
        ) from error
    except ValueError as error:
        raise UsageError(
            f"{path} is no certificate in PEM form", hint="correct [server] tls_cert"
        ) from error
    certificate = Certificate(path, key_path, fingerprint_of(found), found.not_valid_after_utc)
    server_context(certificate)  # says whether the key is there and fits
    return certificate


def self_signed(data: Path, names: Iterable[str], now: datetime) -> Certificate:
    """The appliance's own, made at first use and renewed when it is about to expire.

    `names`: host names and addresses that it is good for. Raises DeniedError, UsageError.
    """
    folder = data / FOLDER
    path, key_path = folder / _CERTIFICATE, folder / _KEY
    if not key_path.is_file():
        write_private_once(key_path, _new_key())
    if not path.is_file() or open_certificate(path, key_path).expires - now < RENEWED_BEFORE:
        key = _load_key(key_path)
        _replace(path, _sign(key, list(dict.fromkeys(names)), now))
    return open_certificate(path, key_path)


def server_context(certificate: Certificate) -> ssl.SSLContext:
    """For listening with this certificate. Raises UsageError if key and certificate do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    load_chain(context, certificate)
    return context


def load_chain(context: ssl.SSLContext, certificate: Certificate) -> None:
    """Answer new connections with this certificate. Raises UsageError, DeniedError."""
    try:
        context.load_cert_chain(certificate.path, certificate.key_path)
    except ssl.SSLError as error:
        raise UsageError(
            f"the key {certificate.key_path} does not fit the certificate {certificate.path}",
            hint="correct [server] tls_cert and tls_key; a key with a passphrase cannot be used",
        ) from error
    except OSError as error:
        raise DeniedError(
            f"the key {certificate.key_path} cannot be read: {error.strerror}",
            hint="let Dropally's own account read it",
        ) from error


def fingerprint_of(certificate: x509.Certificate) -> str:
    """`AB:CD:…`, SHA-256."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def own_names() -> list[str]:
    """How this machine may be called in its network: names and addresses."""
    host = socket.gethostname()
    short = f"{host.partition('.')[0]}.local"  # as multicast DNS calls it
    names = ["localhost", host, socket.getfqdn(), short, "127.0.0.1", "::1"]
    return [*names, *_ipv4_addresses(), *_ipv6_addresses()]


def _ipv4_addresses() -> list[str]:
    """The address of each interface, netdevice(7)."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _index, name in socket.if_nameindex():
            request = struct.pack("256s", os.fsencode(name)[:15])
            try:
                answer = fcntl.ioctl(probe.fileno(), _SIOCGIFADDR, request)
            except OSError:
                continue  # an interface without an address
            found.append(socket.inet_ntoa(answer[20:24]))
    return found


def _ipv6_addresses() -> list[str]:
    """Those of the kernel's list that others can use, proc(5); none where there is no list."""
    try:
        lines = _IPV6_LIST.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    addresses = [IPv6Address(bytes.fromhex(line.split()[0])) for line in lines]
    return [str(address) for address in addresses if not address.is_link_local]


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _load_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise DeniedError(
            f"the key {path} cannot be read: {error}",
            hint=f"remove {path.parent} to have a new certificate made",
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageError(
            f"{path} is not a key that was made here", hint="set [server] tls = 'files'"
        )
    return key


def _sign(key: ec.EllipticCurvePrivateKey, names: list[str], now: datetime) -> bytes:
    common_name = f"Dropally on {socket.gethostname()}"[:_LONGEST_COMMON_NAME]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    alternatives = [found for name in names if (found := _as_name(name)) is not None]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + VALID_FOR)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM)


def _as_name(name: str) -> x509.GeneralName | None:
    try:
        return x509.IPAddress(ip_address(name.partition("%")[0]))
    except ValueError:
        pass
    try:
        return x509.DNSName(name.encode("idna").decode())
    except UnicodeError:
        return None  # a host name that cannot stand in a certificate


def _replace(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    write_private_once(draft, content)
    draft.replace(path)
