"""The console with a large team: every page of it, and lists scrolled from the top to the end."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from playwright.sync_api import Page, expect
from tests.console.every_page import Traffic, check, open_all

_SLOW_FRAME_MS = 50
_SCROLL = """async ([most_ms, slow_ms]) => {
    const list = document.querySelector('main [role=grid]');
    const total = Number(list.getAttribute('aria-rowcount')) - 1;
    const frame = () => new Promise(requestAnimationFrame);
    const begun = performance.now();
    let before = begun, frames = 0, slow = 0, longest = 0, most = 0, last = 0;
    while (performance.now() - begun < most_ms) {
        list.scrollTop += list.clientHeight / 2;
        const now = await frame();
        const took = now - before;
        before = now;
        frames += 1;
        slow += took > slow_ms ? 1 : 0;
        longest = Math.max(longest, took);
        const rows = list.querySelectorAll('[role=row]');
        most = Math.max(most, document.querySelectorAll('*').length);
        last = Math.max(last, Number(rows[rows.length - 1].getAttribute('aria-rowindex')) - 1);
        const isEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
        if (isEnd && (last === total || list.getAttribute('aria-rowcount') === String(last + 1))) {
            break;
        }
    }
    return [last, frames, slow, longest, most, performance.now() - begun];
}"""
_MOST_MS = 30_000


@dataclass(frozen=True)
class Scrolled:
    """A list that was scrolled by half its height with every frame."""

    rows: int
    frames: int
    slow_frames: int
    longest_ms: float
    most_elements: int
    wall_ms: float


@dataclass(frozen=True)
class Acted:
    """All that match were selected, and something was done with them."""

    members: str
    requests: int
    select_ms: float
    act_ms: float


def open_every_page(page: Page, ids: Mapping[str, str]) -> None:
    """Print how soon each page can be used; raises AssertionError at what is wrong with one."""
    page.goto("/")
    page.wait_for_selector("main h1")
    traffic = Traffic(page)
    for visit in open_all(page, ids):
        elements = page.locator("*").count()
        print(f"  {visit.route:36} {visit.ready_ms:6.0f} ms  {elements:5,} elements", flush=True)
        check(page)
    assert not traffic.refused, "\n".join(traffic.refused)


def act_on_all(page: Page, path: str) -> Acted:
    """Select all members that match, those too that the list has not loaded, and activate them."""
    page.goto(path)
    page.wait_for_selector('main [role=row][aria-rowindex="2"]')
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    begun = time.monotonic()
    page.get_by_role("checkbox", name="Select all rows loaded").check()
    page.get_by_role("button", name=re.compile("^Select all ")).click()
    members = page.locator("main [role=status]").inner_text()
    selected = time.monotonic()
    page.get_by_role("button", name="Action").click()
    page.get_by_role("menuitem", name="Activate", exact=True).click()
    expect(page.get_by_text(re.compile("changed|left as")).first).to_be_visible()
    return Acted(
        members, len(sent), (selected - begun) * 1000, (time.monotonic() - selected) * 1000
    )


def scroll(page: Page, path: str) -> Scrolled:
    """From the top of the page's list to its end."""
    page.goto(path)
    page.wait_for_selector('main [role=row][aria-rowindex="2"]')
    rows, frames, slow, longest, elements, wall = page.evaluate(_SCROLL, [_MOST_MS, _SLOW_FRAME_MS])
    return Scrolled(rows, frames, slow, longest, elements, wall)
