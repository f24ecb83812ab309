"""The pictures in docs/images, taken from a running demo.

    dropally demo --folder /tmp/demo --port 8480      # in another terminal
    python -m bench.console_pictures /tmp/demo http://127.0.0.1:8480

Chromium takes them at 1280 x 800; they are stored as PNG files of few colours.
"""

import argparse
import io
import json
import re
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright
from tests.console.browser import chromium, launch

_IMAGES = Path(__file__).parents[1] / "docs" / "images"
_API = "/api/v1"
_COLOURS = 256
_IS_COMPLETE = """() => document.querySelector('main h1') !== null
    && document.querySelector('main [role=status]') === null"""


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of the demo")
    parser.add_argument("address", help="of its console")
    given = parser.parse_args()
    _IMAGES.mkdir(parents=True, exist_ok=True)
    who = json.loads((given.folder / "sign-in.json").read_text())
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium())
        context = browser.new_context(
            base_url=given.address,
            viewport={"width": 1280, "height": 800},
            locale="en-GB",
            timezone_id="Europe/Berlin",
            reduced_motion="reduce",
        )
        answer = context.request.post(f"{_API}/session", data=who)
        if not answer.ok:
            raise SystemExit(answer.text())
        page = context.new_page()
        for name, path in _paths(page).items():
            page.goto(path)
            page.wait_for_function(_IS_COMPLETE)
            if name == "recovery":
                _tick(page, "Kestrel Optics")
            _keep(page, name)
        browser.close()


def _paths(page: Page) -> dict[str, str]:
    """Which picture shows which page; the folder is one that was deleted, on a day before."""
    task = _get(page, "/tasks")["items"][0]["id"]
    found = _get(page, f"/tasks/{task}/entities?q=beatrix")["items"][0]["id"]
    point = next(
        one["id"]
        for one in _get(page, f"/entities/{found}/points?limit=10")["items"]
        if _has_lost_folder(page, found, one["id"])
    )
    return {
        "home": "/",
        "recovery": f"/recovery/{task}/{found}?at={point}&path=%2FCustomer%20visits",
        "jobs": "/jobs?kind=restore%2Cexport%2Cbackup&window=30d",
        "audit": "/activity/audit",
    }


def _has_lost_folder(page: Page, entity: str, point: str) -> bool:
    items = _get(page, f"/entities/{entity}/points/{point}/tree")["items"]
    return any(item["name"] == "Customer visits" for item in items)


def _get(page: Page, path: str) -> Any:
    return page.request.get(_API + path).json()


def _tick(page: Page, name: str) -> None:
    page.get_by_role("checkbox", name=re.compile(name)).check()
    expect(page.get_by_text(re.compile("1 item"))).to_be_visible()


def _keep(page: Page, name: str) -> None:
    picture = Image.open(io.BytesIO(page.screenshot()))
    few = picture.convert("RGB").quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE)
    path = _IMAGES / f"{name}.png"
    few.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
