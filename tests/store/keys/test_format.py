"""Objects as docs/repository-format.md describes them, opened with bare primitives, and stored ones.

The stored bytes were written by format 1 and must open for ever.
"""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from dropally.store.backend import MemoryBackend
from dropally.store.keys import (
    KeyFile,
    Passphrase,
    RecoveryCode,
    Secret,
    add_slot,
    create_keyring,
    new_recovery_code,
    unlock,
)
from dropally.store.keys.keyring import encode_keyring
from dropally.store.keys.recovery_code import parse_recovery_code


def hkdf(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, info).derive(key)


def lp(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def test_a_sealed_object_is_as_documented() -> None:
    keyring = create_keyring()
    sealed = keyring.sealer("snapshot").seal("a/b", b"plaintext")
    header, ciphertext = sealed[:42], sealed[42:]
    assert header[:10] == b"DLYS\x01\x01\x00\x00\x00\x01"
    key = hkdf(keyring.epochs[1], keyring.repository_id, b"dropally key snapshot")
    object_key = hkdf(key, header[10:], b"dropally sealed snapshot")
    bound = lp(header, keyring.repository_id, b"snapshot", b"a/b")
    assert AESGCM(object_key).decrypt(bytes(12), ciphertext, bound) == b"plaintext"


def test_a_slot_is_as_documented() -> None:
    backend, keyring, code = MemoryBackend(), create_keyring(), new_recovery_code()
    slot_id = add_slot(backend, keyring, RecoveryCode(code), label="safe")
    slot = backend.get(f"keys/{slot_id}")
    assert slot[:5] == b"DLYK\x01"
    end = 9 + int.from_bytes(slot[5:9], "big")
    header = json.loads(slot[9:end])
    assert header.keys() == {"kind", "salt", "label"}
    key = hkdf(
        parse_recovery_code(code),
        base64.b64decode(header["salt"]),
        b"dropally slot recovery-code",
    )
    bound = lp(slot[:end], keyring.repository_id)
    plaintext = AESGCM(key).decrypt(slot[end : end + 12], slot[end + 12 :], bound)
    assert plaintext == encode_keyring(keyring)


STORED_REPOSITORY_ID = bytes.fromhex("786ceb7bbbd143a62eb4fb481ab9151a")
STORED_KEYRING = (
    "lcQQeGzre7vRQ6YutPtIGrkVGgGBAcQgB7ozQNEeFT9F3tGR+tzRE0/rhuDgD33G3mDQdvYuRgfEINVAzFu3"
    "lWyk60KngRHk5yzQRba2oMJkAkil5DiMvgMuz1LEhctAQTRp"
)
STORED_SECRETS: list[tuple[Secret, str]] = [
    (
        Passphrase("correct horse battery staple"),
        (
            "a27700a295b90a4373e40c9edb099fe6:RExZSwEAAACSeyJraW5kIjoicGFzc3BocmFzZSIsInNhbHQiOiJ"
            "aMENmcVBQZWRQVHFpT01PTGVaRkNOWUE0enJ5YXVoN0tmYVlVRW5YbDA0PSIsImxhYmVsIjoic3RvcmVkIiw"
            "iYXJnb24yaWQiOnsibWVtb3J5X2tpYiI6MTMxMDcyLCJwYXNzZXMiOjQsImxhbmVzIjo0fX1Xm2grfxrk6cx"
            "ZkDiukD9CFAV+DRj23taidu894+JsxkLat2WmtEX8AgoBz/l8M7IzfgdlEUHQpyauQcxANENJRywPux1Tvb+"
            "AlneH/jeWt+Dgy50uqfDrZnogMOmdd9aYILqiLyKp4YzcgWtK8oiB2yXKkop78k6T14NM4Ga+"
        ),
    ),
    (
        RecoveryCode("W5R0Q-JC822-9BQME-3DYHZ-SWXGH-VX7DP-GMDFE-S6D78"),
        (
            "cdf6f1ac43b5ec36b6daa11625b22bd9:RExZSwEAAABfeyJraW5kIjoicmVjb3ZlcnktY29kZSIsInNhbHQ"
            "iOiJ1TTVpWmpHTW9PVlhXWTIyVWk1QmZqVVRZamRmZTY0UHpGcUh6NGZVUFU4PSIsImxhYmVsIjoic3RvcmV"
            "kIn2yasmBAEtzurrmp4LPeO05A/tTdNHHJlwENH1+vSTu3FUdztw31/6knknTSviN985Iyg4YE0NkYUeoL04"
            "QjLDRatF3i2ezd4GoEsyXCGkHCRXm9xHAfxNZutokk5T5HiQPpgHGw39IlaTaduMs7AAfkdQWBGFA5moNLW4"
            "ftm1B"
        ),
    ),
    (
        KeyFile(
            b"dropally-key-file-1\n4dmnan4vlvwg3hvarw2stpvo5yru6sfmxfmo5vjpiu6rb65jk64a\n65469df4\n"
        ),
        (
            "962bdd50c0ce8dfc517308e6420cd3f0:RExZSwEAAABaeyJraW5kIjoia2V5LWZpbGUiLCJzYWx0IjoiU1J"
            "ieDM3YmxIQlpvN0hrVVlEaVRZR09xVWFkM3NaeEZJNUVzTTAzbHRGdz0iLCJsYWJlbCI6InN0b3JlZCJ9SFN"
            "C476oe6aXzSZ0NiVRU+XpP23G+I6AqFrsGhzML6ny499hzKbyrNnxwwrGfnHWFy3qxRoB93DFDekJ7MBIsK9"
            "5xxwMp+2THECWzVc51KZJT80wLCPg3LyGMTb1Jf4lcnb6glvvwJcQ0VkqMmOuO3fT3rvbcTC6LEO38iST7A="
            "="
        ),
    ),
]
STORED_SEALED = (
    "RExZUwEBAAAAAS5OhzrZKaIbu7tGXVV4KxVRDocBpUIB1jtoezzBQRF4RePUhA9RSl0Mf5ucdCwUtHedDivp"
    "E/YkoOVtOAo="
)


@pytest.mark.parametrize(("secret", "stored"), STORED_SECRETS, ids=lambda item: type(item).__name__)
def test_stored_slots_of_format_1_open(secret: Secret, stored: str) -> None:
    backend = MemoryBackend()
    slot_id, _, encoded = stored.partition(":")
    backend.put_new(f"keys/{slot_id}", [base64.b64decode(encoded)])
    keyring = unlock(backend, STORED_REPOSITORY_ID, secret)
    assert encode_keyring(keyring) == base64.b64decode(STORED_KEYRING)
    sealed = base64.b64decode(STORED_SEALED)
    assert keyring.sealer("snapshot").open("source/one", sealed) == b"kept for ever"
