"""How pages look: accessible to everybody, and pictures to look at."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from tests.console.browser import DESKTOP, PHONE

_ROOT = Path(__file__).parents[2]
_AXE = _ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_PICTURES = _ROOT / ".artefacts" / "console"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SCHEMES: Sequence[Any] = ("light", "dark")


def check_accessibility(page: Page, within: str = "body") -> None:
    """No violation that axe-core finds, in light and in dark."""
    page.mouse.move(0, 0)  # no tooltip hangs beside the page
    for scheme in _SCHEMES:
        _show_in(page, scheme)
        run_axe(page, within, scheme)
    _show_in(page, "light")


def _show_in(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_function(
        "scheme => document.documentElement.dataset.mantineColorScheme === scheme", arg=scheme
    )


def run_axe(page: Page, within: str = "body", scheme: str = "as it is") -> None:
    """No violation that axe-core finds in the page as it is shown now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text())  # not a script element: the policy of the page forbids them
    found = page.evaluate(
        "([within, rules]) => axe.run(within, {runOnly: rules, resultTypes: ['violations']})",
        [within, _RULES],
    )
    told = [
        f"{scheme}: {one['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]
    assert not told, "\n".join(told)


def take_pictures(page: Page, name: str) -> None:
    """`.artefacts/console/NAME-light.png`, `-dark.png` and `-phone.png`."""
    _PICTURES.mkdir(parents=True, exist_ok=True)
    for scheme in _SCHEMES:
        _show_in(page, scheme)
        page.screenshot(path=_PICTURES / f"{name}-{scheme}.png")
    _show_in(page, "light")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.screenshot(path=_PICTURES / f"{name}-phone.png")
    page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})


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
    """Nothing has to be scrolled sideways, and no heading, button or label is cut."""
    too_wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert too_wide <= 0, f"{page.url}: {too_wide} pixels too wide"
    cut = page.evaluate(_CUT)
    assert not cut, f"{page.url}: {cut}"


def check_reflow(page: Page) -> None:
    """At 320 pixels nothing has to be scrolled sideways (WCAG 1.4.10)."""
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    overflow = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
    assert overflow <= 0, f"{page.url}: {overflow} pixels too wide"
