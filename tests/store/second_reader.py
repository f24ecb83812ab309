"""A second reader, written from docs/repository-format.md alone: it imports nothing of the store."""

import base64
import hashlib
import hmac
import json
import struct
from collections.abc import Iterator
from pathlib import Path

import msgspec
from blake3 import blake3
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyzstd import decompress

decode = msgspec.msgpack.decode


def hkdf(key: bytes, salt: bytes | None, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt, info).derive(key)


def lp(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part


def decode_run(codec: int, stored: bytes) -> bytes:
    return stored if codec == 0 else decompress(stored)


def unframe(framed: bytes) -> bytes:
    codec, length = struct.unpack_from("<BI", framed)
    plain = decode_run(codec, framed[5:])
    assert len(plain) == length
    return plain


class SecondReader:
    """Reads snapshots of a repository in a folder with its key file."""

    def __init__(self, folder: Path, key_file: Path) -> None:
        self.folder = folder
        line, mac, _ = (folder / "config").read_bytes().split(b"\n")
        config = json.loads(line)
        assert config["format"] == 1
        assert config["features"]["read"] == []
        self.repository_id = bytes.fromhex(config["repository_id"])
        self.open_slot(key_file)
        expected = hmac.digest(self.key("config-mac", config["mac_epoch"]), line, "sha256")
        assert bytes.fromhex(mac.decode()) == expected
        self.metadata_key = self.named(b"dropally tree pages and chunk lists", self.chunk_id_key)
        self.packs: dict[bytes, bytes] = {}
        self.places: dict[bytes, tuple[bytes, int, int, int, int, int, int]] = {}
        for path in (folder / "index").iterdir():
            self.load_segment(path)

    def named(self, plain: bytes, key: bytes) -> bytes:
        return blake3(plain, key=key).digest()

    def key(self, label: str, epoch: int) -> bytes:
        return hkdf(self.epochs[epoch], self.repository_id, b"dropally key " + label.encode())

    def open_slot(self, key_file: Path) -> None:
        magic, secret, check = key_file.read_text().split()
        assert magic == "dropally-key-file-1"
        assert hashlib.sha256(secret.encode()).hexdigest()[:8] == check
        material = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
        (path,) = (self.folder / "keys").iterdir()
        slot = path.read_bytes()
        assert path.name == hashlib.sha256(slot).hexdigest()[:32]
        magic_bytes, version, length = struct.unpack_from(">4sBI", slot)
        assert (magic_bytes, version) == (b"DLYK", 1)
        header = json.loads(slot[9 : 9 + length])
        salt = base64.b64decode(header["salt"])
        wrapping = hkdf(material, salt, b"dropally slot key-file")
        bound = lp(slot[: 9 + length]) + lp(self.repository_id)
        rest = slot[9 + length :]
        plain = AESGCM(wrapping).decrypt(rest[:12], rest[12:], bound)
        repository_id, _, self.epochs, self.chunk_id_key, _ = decode(plain)
        assert repository_id == self.repository_id

    def unseal(self, kind: str, name: str, sealed: bytes) -> bytes:
        magic, version, suite, epoch, salt = struct.unpack_from(">4sBBI32s", sealed)
        assert (magic, version, suite) == (b"DLYS", 1, 1)
        key = hkdf(self.key(kind, epoch), salt, b"dropally sealed " + kind.encode())
        bound = lp(sealed[:42]) + lp(self.repository_id) + lp(kind.encode()) + lp(name.encode())
        return AESGCM(key).decrypt(bytes(12), sealed[42:], bound)

    def load_segment(self, path: Path) -> None:
        sealed = path.read_bytes()
        assert hashlib.sha256(sealed).hexdigest() == path.name
        version, _, packs = decode(unframe(self.unseal("index", "", sealed)))
        assert version == 1
        for name, size, header, directory in packs:
            assert self.read_directory(name, size) == (header, directory)
            self.load_directory(name, directory)

    def pack(self, name: bytes) -> bytes:
        if name not in self.packs:
            text = name.hex()
            data = (self.folder / "packs" / text[:2] / text).read_bytes()
            assert hashlib.sha256(data).digest() == name
            self.packs[name] = data
        return self.packs[name]

    def open_blob(self, header: bytes, number: int, sealed: bytes) -> bytes:
        magic, version, kind, suite, epoch, salt, zero = struct.unpack("<8sHBBI32s16s", header)
        assert (magic, version, suite, zero) == (b"DROPPACK", 1, 1, bytes(16))
        epoch_key = self.key({1: "data", 2: "tree"}[kind], epoch)
        key = hkdf(epoch_key, salt, b"dropally pack 1" + self.repository_id)
        bound = self.repository_id + header + struct.pack("<Q", number)
        return AESGCM(key).decrypt(bytes(4) + struct.pack("<Q", number), sealed, bound)

    def read_directory(self, name: bytes, size: int) -> tuple[bytes, list[object]]:
        data = self.pack(name)
        assert len(data) == size
        length, magic = struct.unpack("<I8s", data[-12:])
        assert magic == b"DROPKEND"
        plain = self.open_blob(data[:64], 2**64 - 1, data[-12 - length : -12])
        assert len(plain) % 4096 == 0
        (used,) = struct.unpack_from("<I", plain)
        assert not any(plain[4 + used :])
        return data[:64], decode(unframe(plain[4 : 4 + used]))

    def load_directory(self, name: bytes, directory: list[bytes]) -> None:
        codecs, stored, counts, ids, lengths, _ = directory
        at, chunk = 64, 0
        for number, codec in enumerate(codecs):
            (sealed,) = struct.unpack_from("<I", stored, 4 * number)
            (count,) = struct.unpack_from("<I", counts, 4 * number)
            offset = 0
            for _ in range(count):
                (length,) = struct.unpack_from("<I", lengths, 4 * chunk)
                place = (name, number, at, sealed, codec, offset, length)
                self.places[ids[32 * chunk : 32 * chunk + 32]] = place
                offset += length
                chunk += 1
            at += sealed

    def chunk(self, chunk_id: bytes, key: bytes) -> bytes:
        name, number, at, sealed, codec, offset, length = self.places[chunk_id]
        data = self.pack(name)
        run = decode_run(codec, self.open_blob(data[:64], number, data[at : at + sealed]))
        plain = run[offset : offset + length]
        assert self.named(plain, key) == chunk_id
        return plain

    def entries(self, page_id: bytes | None) -> Iterator[tuple[bytes, bytes]]:
        if page_id is None:
            return
        page = self.chunk(page_id, self.metadata_key)
        assert page[0] == 1
        keys, values = decode(page[2:])
        for key, value in zip(keys, values, strict=True):
            if page[1] == 0:
                yield key, value
            else:
                yield from self.entries(value[:32])

    def content(self, content: list[object]) -> bytes:
        size, depth, chunks = content
        assert isinstance(depth, int)
        assert isinstance(chunks, bytes)
        data = b"".join(self.expand(depth, chunks))
        assert len(data) == size
        return data

    def expand(self, depth: int, chunks: bytes) -> Iterator[bytes]:
        if depth == 0:
            for at in range(0, len(chunks), 32):
                yield self.chunk(chunks[at : at + 32], self.chunk_id_key)
            return
        for list_id, length in struct.iter_unpack("<32sQ", chunks):
            stored = self.chunk(list_id, self.metadata_key)
            assert stored[:4] == b"DCL1"
            entries = list(struct.iter_unpack("<32sQ", stored[4:]))
            assert sum(covered for _, covered in entries) == length
            below = b"".join(one for one, _ in entries) if depth == 1 else stored[4:]
            yield from self.expand(depth - 1, below)

    def snapshots(self) -> Iterator[dict[str, object]]:
        yield from self.chain("snapshots", "snapshot")

    def points(self) -> Iterator[dict[str, object]]:
        yield from self.chain("points", "point")

    def chain(self, prefix: str, kind: str) -> Iterator[dict[str, object]]:
        for owner in sorted((self.folder / prefix).iterdir()):
            previous = b""
            for number, path in enumerate(sorted(owner.iterdir()), start=1):
                sealed = path.read_bytes()
                plain = self.unseal(kind, f"{prefix}/{owner.name}/{path.name}", sealed)
                assert plain[0] == 1
                found: dict[str, object] = decode(unframe(plain[1:]))
                assert found["id"] == f"{owner.name}.{path.name}"
                assert (found["sequence"], found["previous"]) == (number, previous)
                previous = hashlib.sha256(sealed).digest()
                yield found

    def files(self, root: bytes | None) -> dict[str, bytes]:
        found = {}
        for key, value in self.entries(root):
            entry = decode(value)
            found[key.decode()] = self.content(entry[13])
        return found
