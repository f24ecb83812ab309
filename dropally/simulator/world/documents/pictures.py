"""PNG and JPEG pictures."""

import hashlib
import io

from PIL import Image, ImageDraw

from dropally.simulator.world.prose import Prose


def make_jpeg(prose: Prose, *, width: int = 240, height: int = 160) -> bytes:
    """A photo-like JPEG: noise blown up over a colour gradient, as hard to compress as a photo."""
    noise = hashlib.shake_128(prose.sentence().encode()).digest(width * height // 16 * 3)
    picture = Image.frombytes("RGB", (width // 4, height // 4), noise)
    return _encode(picture.resize((width, height), Image.Resampling.BICUBIC), "JPEG")


def make_png(prose: Prose, *, width: int = 200, height: int = 120) -> bytes:
    """A chart-like PNG: bars on white."""
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    for bar in range(12):
        top = prose.number(30, height - 20)
        left = 10 + bar * (width - 20) // 12
        pen.rectangle((left, top, left + 16, height - 10), fill=(40 + bar * 15, 90, 200 - bar * 10))
    return _encode(picture, "PNG")


def _encode(picture: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()
