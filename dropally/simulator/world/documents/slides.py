"""PowerPoint files, written as the ZIP packages of XML that ISO/IEC 29500 describes."""

from typing import Final
from xml.sax.saxutils import escape

from dropally.simulator.world.documents.office import zip_parts
from dropally.simulator.world.prose import Prose

_SCHEMAS: Final = "http://schemas.openxmlformats.org"
_OFFICE: Final = f"{_SCHEMAS}/officeDocument/2006/relationships"
_NAMESPACES: Final = (
    f'xmlns:a="{_SCHEMAS}/drawingml/2006/main" xmlns:r="{_OFFICE}" '
    f'xmlns:p="{_SCHEMAS}/presentationml/2006/main"'
)
_TYPE: Final = "application/vnd.openxmlformats-officedocument.presentationml"
_EMPTY_TREE: Final = (
    '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
)
_COLOURS: Final = (
    ("dk1", "000000"), ("lt1", "FFFFFF"), ("dk2", "1E1919"), ("lt2", "F5F3EF"),
    ("accent1", "0061FE"), ("accent2", "9B0032"), ("accent3", "B4C8E1"), ("accent4", "FFD830"),
    ("accent5", "14775A"), ("accent6", "892E9B"), ("hlink", "0061FE"), ("folHlink", "892E9B"),
)  # fmt: skip


def make_pptx(prose: Prose, *, slides: int = 3) -> bytes:
    """A presentation of `slides` slides, each with a title and a paragraph."""
    numbers = range(1, slides + 1)
    parts = {
        "[Content_Types].xml": _content_types(slides),
        "_rels/.rels": _relations([("officeDocument", "ppt/presentation.xml")]),
        "ppt/presentation.xml": _presentation(slides),
        "ppt/_rels/presentation.xml.rels": _relations(
            [("slideMaster", "slideMasters/slideMaster1.xml")]
            + [("slide", f"slides/slide{number}.xml") for number in numbers]
        ),
        "ppt/slideMasters/slideMaster1.xml": _master(),
        "ppt/slideMasters/_rels/slideMaster1.xml.rels": _relations(
            [("slideLayout", "../slideLayouts/slideLayout1.xml"), ("theme", "../theme/theme1.xml")]
        ),
        "ppt/slideLayouts/slideLayout1.xml": (
            f'<p:sldLayout {_NAMESPACES} type="blank"><p:cSld><p:spTree>{_EMPTY_TREE}'
            "</p:spTree></p:cSld></p:sldLayout>"
        ),
        "ppt/slideLayouts/_rels/slideLayout1.xml.rels": _relations(
            [("slideMaster", "../slideMasters/slideMaster1.xml")]
        ),
        "ppt/theme/theme1.xml": _theme(),
    }
    for number in numbers:
        parts[f"ppt/slides/slide{number}.xml"] = _slide(prose.title(), prose.paragraph())
        parts[f"ppt/slides/_rels/slide{number}.xml.rels"] = _relations(
            [("slideLayout", "../slideLayouts/slideLayout1.xml")]
        )
    return zip_parts(parts)


def _content_types(slides: int) -> str:
    kinds = {
        "/ppt/presentation.xml": f"{_TYPE}.presentation.main+xml",
        "/ppt/slideMasters/slideMaster1.xml": f"{_TYPE}.slideMaster+xml",
        "/ppt/slideLayouts/slideLayout1.xml": f"{_TYPE}.slideLayout+xml",
        "/ppt/theme/theme1.xml": "application/vnd.openxmlformats-officedocument.theme+xml",
    }
    for number in range(1, slides + 1):
        kinds[f"/ppt/slides/slide{number}.xml"] = f"{_TYPE}.slide+xml"
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in kinds.items()
    )
    return (
        f'<Types xmlns="{_SCHEMAS}/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(targets: list[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_SCHEMAS}/package/2006/relationships">{lines}</Relationships>'


def _presentation(slides: int) -> str:
    ids = "".join(
        f'<p:sldId id="{255 + number}" r:id="rId{number + 1}"/>' for number in range(1, slides + 1)
    )
    return (
        f"<p:presentation {_NAMESPACES}><p:sldMasterIdLst>"
        '<p:sldMasterId id="2147483648" r:id="rId1"/></p:sldMasterIdLst>'
        f"<p:sldIdLst>{ids}</p:sldIdLst>"
        '<p:sldSz cx="9144000" cy="6858000"/><p:notesSz cx="6858000" cy="9144000"/>'
        "</p:presentation>"
    )


def _master() -> str:
    slots = ("bg1", "tx1", "bg2", "tx2")
    colours = zip(slots, ("lt1", "dk1", "lt2", "dk2"), strict=True)
    mapped = " ".join(f'{slot}="{colour}"' for slot, colour in colours)
    rest = " ".join(f'{name}="{name}"' for name, _ in _COLOURS[4:])
    return (
        f"<p:sldMaster {_NAMESPACES}><p:cSld><p:spTree>{_EMPTY_TREE}</p:spTree></p:cSld>"
        f"<p:clrMap {mapped} {rest}/><p:sldLayoutIdLst>"
        '<p:sldLayoutId id="2147483649" r:id="rId1"/></p:sldLayoutIdLst></p:sldMaster>'
    )


def _slide(title: str, text: str) -> str:
    boxes = _box(2, "Title", 500_000, title) + _box(3, "Text", 2_000_000, text)
    return (
        f"<p:sld {_NAMESPACES}><p:cSld><p:spTree>{_EMPTY_TREE}{boxes}</p:spTree></p:cSld></p:sld>"
    )


def _box(number: int, name: str, top: int, text: str) -> str:
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name="{name}"/><p:cNvSpPr txBox="1"/><p:nvPr/>'
        f'</p:nvSpPr><p:spPr><a:xfrm><a:off x="500000" y="{top}"/>'
        '<a:ext cx="8000000" cy="1200000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
        "</a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:p><a:r>"
        f"<a:t>{escape(text)}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def _theme() -> str:
    colours = "".join(
        f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in _COLOURS
    )
    font = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
    fill = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        f'<a:theme xmlns:a="{_SCHEMAS}/drawingml/2006/main" name="Plain"><a:themeElements>'
        f'<a:clrScheme name="Plain">{colours}</a:clrScheme><a:fontScheme name="Plain">'
        f"<a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont></a:fontScheme>"
        f'<a:fmtScheme name="Plain"><a:fillStyleLst>{fill * 3}</a:fillStyleLst>'
        f"<a:lnStyleLst>{f'<a:ln>{fill}</a:ln>' * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme>"
        "</a:themeElements></a:theme>"
    )
