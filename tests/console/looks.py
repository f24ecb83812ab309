"""How pages look: accessible to everybody, and pictures to look at."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tests.console.browser import DESKTOP, PHONE

_ROOT = Path(__file__).parents[2]
_AXE = _ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_PICTURES = _ROOT / ".artefacts" / "console"
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# All that the colour scheme changes are colours; these rules look at them.
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
_SCHEMES: Sequence[Any] = ("light", "dark")
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# What a new width changes by script is drawn with the next frame.
_NEXT_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def check_accessibility(page: Page, within: str = "body") -> None:
    """No violation that axe-core finds, in light and in dark."""
    page.mouse.move(0, 0)  # no tooltip hangs beside the page
    show_in(page, "light")
    run_axe(page, within)
    show_in(page, "dark")
    _run_axe(page, within, {"type": "rule", "values": _COLOUR_RULES}, "dark")
    show_in(page, "light")


def show_in(page: Page, scheme: Any) -> None:
    """Show the page in this colour scheme, `light` or `dark`."""
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function(
        "scheme => document.documentElement.dataset.mantineColorScheme === scheme", arg=scheme
    )


def run_axe(page: Page, within: str = "body") -> None:
    """No violation that axe-core finds in the page as it is shown now."""
    _run_axe(page, within, {"type": "tag", "values": _TAGS}, "as it is")


def _run_axe(page: Page, within: str, rules: dict[str, Any], scheme: str) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text())  # not a script element: the policy of the page forbids them
    found = page.evaluate(
        "([within, rules]) => axe.run(within, {runOnly: rules, resultTypes: ['violations']})",
        [within, rules],
    )
    told = [
        f"{scheme}: {one['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]
    assert not told, "\n".join(told)


def take_pictures(page: Page, name: str) -> None:
    """`.artefacts/console/NAME-light.png`, `-dark.png` and `-phone.png`.

    For people to look at, so only where `DROPALLY_PICTURES` is set: they prove nothing.
    """
    if not os.environ.get("DROPALLY_PICTURES"):
        return
    _PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in _SCHEMES:
        show_in(page, scheme)
        page.screenshot(path=_PICTURES / f"{name}-{scheme}.png")
    show_in(page, "light")
    resize(page, PHONE)
    page.screenshot(path=_PICTURES / f"{name}-phone.png")
    resize(page, DESKTOP)


def resize(page: Page, size: Mapping[str, int]) -> None:
    """Give the window another size, and the page the time to follow."""
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.evaluate(_NEXT_FRAMES)


# Buttons, links and headings whose text is wider than they are: cut, unless it is meant to end in dots.
_CUT = """
() => [...document.querySelectorAll("main :is(h1, h2, h3, button, a, label, th)")]
  .filter(one => one.offsetParent !== null && one.clientWidth > 0)
  .filter(one => one.scrollWidth > one.clientWidth + 1)
  .filter(one => getComputedStyle(one).textOverflow !== "ellipsis")
  .filter(one => ["hidden", "clip"].includes(getComputedStyle(one).overflowX))
  .map(one => one.textContent.trim().slice(0, 60))
"""


def check_nothing_is_cut(page: Page) -> None:
    """At 200 % (WCAG 1.4.4), which is half the width: no heading, button or label is cut."""
    resize(page, {"width": DESKTOP["width"] // 2, "height": DESKTOP["height"] // 2})
    check_width(page)
    cut = page.evaluate(_CUT)
    resize(page, DESKTOP)
    assert not cut, f"{page.url}: {cut}"


def check_reflow(page: Page) -> None:
    """At 320 pixels nothing has to be scrolled sideways (WCAG 1.4.10)."""
    resize(page, PHONE)
    check_width(page)
    resize(page, DESKTOP)


def check_width(page: Page) -> None:
    """Nothing has to be scrolled sideways in the window as it is."""
    overflow = page.evaluate(_OVERFLOW)
    assert overflow <= 0, f"{page.url}: {overflow} pixels too wide"
