"""The recovery kit: what stands on it, and that it is made for no other code."""

import re
import zlib
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from dropally.common.errors import DeniedError
from dropally.upkeep import repository_keys
from dropally.upkeep.recovery_kit.making import make_kit
from dropally.upkeep.recovery_kit.page import as_pdf, qr_picture
from dropally.upkeep.recovery_kit.wording import KitFacts, as_text
from PIL import Image
from tests import qr_code
from tests.upkeep.appliance import opened

CODE = "XWT4Q-149F5-21D01-V8VJF-G7QE3-G874R-0VKBX-CZS56"


def _facts(organisation: str = "Hollenberg GmbH") -> KitFacts:
    return KitFacts(
        organisation=organisation,
        code=CODE,
        storage_id="main",
        location="s3://backups/a folder",
        region_label="Lyon (FR)",
        endpoint="https://s3.example.com",
        region="eu-west-3",
        repository_id="rep_1",
        made=datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
    )


def _words(pdf: bytes) -> str:
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    found = b""
    for stream in streams:
        try:
            found += zlib.decompress(stream)
        except zlib.error:
            continue
    return b" ".join(re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", found)).decode("latin-1")


def test_the_text_has_the_code_the_place_and_the_command() -> None:
    text = as_text(_facts("株式会社 Beispiel"))
    assert CODE in text
    assert "株式会社 Beispiel" in text
    assert "dropally recover --from 's3://backups/a folder'" in text
    assert "--endpoint https://s3.example.com --region eu-west-3" in text
    assert "Lyon (FR)" in text


def test_the_page_is_one_page_with_the_code_in_two_ways() -> None:
    pdf = as_pdf(_facts("株式会社 Müller"))
    assert pdf.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b(?!s)", pdf)) == 1
    words = _words(pdf)
    first, second = CODE[:24], CODE[24:]
    assert first in words
    assert second in words
    assert "Müller" in words
    assert b"/Subtype /Image" in pdf


def test_the_picture_reads_as_the_code() -> None:
    with Image.open(BytesIO(qr_picture(CODE))) as picture:
        assert qr_code.text_of(picture.convert("L")) == CODE


def test_a_kit_is_made_for_the_code_that_opens_and_for_no_other(tmp_path: Path) -> None:
    with opened(tmp_path) as appliance:
        made = repository_keys.create(appliance.ctx, appliance.admin, "main")
        typed = str(made.recovery_code).lower().replace("-", " ")
        text = make_kit(appliance.ctx, appliance.admin, "main", typed, "text").decode()
        assert str(made.recovery_code) in text
        assert str(tmp_path / "main") in text
        assert make_kit(appliance.ctx, appliance.admin, "main", typed, "pdf").startswith(b"%PDF")
        with pytest.raises(DeniedError, match="does not open"):
            make_kit(appliance.ctx, appliance.admin, "main", CODE, "pdf")
