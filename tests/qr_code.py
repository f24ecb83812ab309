"""Reading a QR code as a camera does."""

import zxingcpp
from PIL import Image

_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def text_of(picture: Image.Image) -> str:
    """What the one QR code in the picture says."""
    # Of this kind alone: the lines of a random code look like a bar code's once in a thousand times.
    [found] = zxingcpp.read_barcodes(picture, formats=_FORMATS)
    return found.text
