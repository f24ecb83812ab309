"""How soon the console can be used: Home, the list of members, a folder, in a real browser.

    make web && python -m bench.console                     # 5,000 members, 10,000 files in one home,
                                                            # and 10,000 more in one folder
    python -m bench.console --members 50 --files 500        # the same, small

A page counts as usable when its heading is there, nothing of it loads any more, and its first row
(where it has a list) is drawn; the browser's own clock tells when. Cold: a new browser profile with
nothing cached. Warm: the same page, opened by a link within the console. Aims: Home 1 s cold, a
folder 200 ms warm. Lists are scrolled to their end, all members are selected and activated, and every
page of the console is opened once.
"""

import argparse
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.console.browser import built_console, chromium, launch

from bench import console_at_size, rig, served

_PASSWORD = "seventeen quiet herons"  # of an appliance that lives for minutes
_EMAIL = "ann@example.com"
_ROUNDS = 5
_EDITS_AT_ONCE = 500
_TIMEOUT_MS = 60_000
_IS_USABLE = """([heading, row]) => {
    const title = document.querySelector('main h1');
    return title !== null && title.textContent.includes(heading)
        && document.querySelector('main [role=status]') === null
        && (!row || document.querySelector('main [role=row][aria-rowindex="2"]') !== null)
        && performance.now();
}"""


@dataclass(frozen=True)
class Place:
    """A page to be opened: its address, a part of its heading, and whether it has a list."""

    name: str
    path: str
    heading: str
    has_rows: bool
    aim_ms: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=5000)
    parser.add_argument("--files", type=int, default=10_000)
    given = parser.parse_args()
    if not built_console().exists() or not chromium():
        raise SystemExit("this needs the built console (make web) and Chromium")
    with tempfile.TemporaryDirectory() as name:
        _measure(Path(name), given.members, given.files)


def _measure(folder: Path, members: int, files: int) -> None:
    # One home holds all files, as many in a folder as the simulator's dice say.
    spec = f"virtual:members={members},files={files},folders={files},ns=1,size=1K-2K"
    with rig.simulated_team(folder / "simulator", spec) as team:
        config = served.prepare(folder / "dropally", team)
        process = served.start(config)
        try:
            with served.operator(config) as operator:
                served.wait_until_up(operator, process)
                places = _fill(operator, config, team, files)
                print(f"{members:,} members, {files:,} files in one home", flush=True)
                _look(_address(config), config, places)
        finally:
            process.terminate()
            process.wait(60)


def _fill(operator: httpx.Client, config: Path, team: rig.Team, files: int) -> list[Place]:
    """A task that has looked at the team and backed up the one home with files."""
    link = served.ask(operator, "POST", "/connections/adopt")["id"]
    task = served.ask(operator, "POST", "/tasks", {"name": "Large", "connection_id": link})["id"]
    for job in served.ask(operator, "GET", "/jobs?kind=discover")["items"]:
        served.wait_for(operator, job["id"], within_s=1800)
    found = served.ask(operator, "GET", f"/tasks/{task}/entities?kind=member&limit=500")["items"]
    rich = found[0]["id"]
    _fill_folder(team, found[0]["email"], files)
    wish = {"action": "activate", "ids": [one["id"] for one in found[:20]]}
    served.ask(operator, "POST", f"/tasks/{task}/entities/actions", wish)
    job = served.ask(operator, "POST", f"/tasks/{task}/run")["id"]
    served.wait_for(operator, job, within_s=1800)
    return [
        Place("Home", "/", "", False, 1000),
        Place("members of the task", f"/tasks/{task}", "", True, 1000),
        Place(
            "a home of the files",
            f"/recovery/{task}/{_richest(operator, task, rich)}",
            "",
            True,
            1000,
        ),
        Place("one large folder", f"/recovery/{task}/{rich}?path=%2Fscans", "", True, 1000),
        Place("jobs", "/jobs?kind=backup", "Jobs", True, 1000),
        Place("activity", "/activity/system", "Activity", True, 1000),
    ]


def _fill_folder(team: rig.Team, member: str, files: int) -> None:
    """So many small files in one folder of a member."""
    put = [
        {"op": "put", "member": member, "path": f"/Scans/{number:05}.txt", "text": f"{number}"}
        for number in range(files)
    ]
    for start in range(0, files, _EDITS_AT_ONCE):
        team.control("edits", put[start : start + _EDITS_AT_ONCE])


def _richest(operator: httpx.Client, task: str, otherwise: str) -> str:
    """The member who has the files."""
    path = f"/tasks/{task}/entities?kind=member&sort=size&order=desc&limit=1"
    found = served.ask(operator, "GET", path)["items"]
    return str(found[0]["id"]) if found else otherwise


def _look(address: str, config: Path, places: list[Place]) -> None:
    cookie = _signed_in(address, config)
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium())
        for place in places:
            cold = [_cold(browser, address, cookie, place) for _ in range(_ROUNDS)]
            _tell(f"{place.name}, cold", cold, place.aim_ms)
        with _context(browser, address, cookie) as context:
            _tell("a folder, warm", _warm(context.new_page(), places[2]), 200)
            for place in places[1:4]:
                _tell_scrolled(place.name, console_at_size.scroll(context.new_page(), place.path))
            _tell_acted(console_at_size.act_on_all(context.new_page(), places[1].path))
            print("every page, as a new tab", flush=True)
            console_at_size.open_every_page(context.new_page(), _ids(context, address, places[2]))
        browser.close()


def _ids(context: BrowserContext, address: str, home: Place) -> dict[str, str]:
    """What stands in the addresses of pages."""
    _, _, task, entity = home.path.split("/")

    def first(path: str) -> str:
        return str(context.request.get(f"{address}/api/v1{path}").json()["items"][0]["id"])

    return {
        "taskId": task,
        "entityId": entity,
        "jobId": first("/jobs?window=all"),
        "storageId": first("/storages"),
        "connectionId": first("/connections"),
    }


def _tell_acted(done: console_at_size.Acted) -> None:
    print(
        f"{done.members} in {done.select_ms:.0f} ms, activated after {done.act_ms:.0f} ms"
        f" with {done.requests} request(s)",
        flush=True,
    )


def _tell_scrolled(what: str, found: console_at_size.Scrolled) -> None:
    print(
        f"{what}, scrolled: {found.rows:,} rows in {found.wall_ms / 1000:.1f} s, "
        f"{found.slow_frames} of {found.frames:,} frames over 50 ms, the longest "
        f"{found.longest_ms:.0f} ms; never more than {found.most_elements:,} elements",
        flush=True,
    )


def _address(config: Path) -> str:
    """Where it said that it serves."""
    said = (config.parent / "serve.log").read_text(encoding="utf-8")
    found = re.search(r"serves at (http://\S+)", said)
    if found is None:
        raise RuntimeError(f"the appliance did not say where it serves: {said}")
    return found[1]


def _cold(browser: Browser, address: str, cookie: str, place: Place) -> float:
    with _context(browser, address, cookie) as context:
        page = context.new_page()
        page.goto(place.path, wait_until="commit")
        return _usable_after(page, place)


def _usable_after(page: Page, place: Place) -> float:
    """Milliseconds of the page's own clock when it could be used."""
    found = page.wait_for_function(
        _IS_USABLE, arg=[place.heading, place.has_rows], polling="raf", timeout=_TIMEOUT_MS
    )
    return float(found.json_value())


def _warm(page: Page, place: Place) -> list[float]:
    """Into the first folder and out again, by links."""
    page.goto(place.path)
    _usable_after(page, place)
    times = []
    for _ in range(_ROUNDS):
        link = page.locator("main [role=row] a").first
        link.hover()
        before = page.url
        begun = float(page.evaluate("performance.now()"))
        link.click()
        page.wait_for_function("before => location.href !== before", arg=before, polling="raf")
        times.append(_usable_after(page, place) - begun)
        page.go_back()
        page.wait_for_function("before => location.href === before", arg=before, polling="raf")
        _usable_after(page, place)
    return times


def _context(browser: Browser, address: str, cookie: str) -> BrowserContext:
    context = browser.new_context(base_url=address, viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": "dropally", "value": cookie, "url": address}])
    return context


def _signed_in(address: str, config: Path) -> str:
    """Set the appliance up; the first administrator's cookie."""
    form = {
        "code": (config.parent / "data" / "setup-code").read_text().strip(),
        "name": "Ann",
        "email": _EMAIL,
        "password": _PASSWORD,
        "password_again": _PASSWORD,
        "organisation": "Large",
        "time_zone": "UTC",
    }
    answer = httpx.post(f"{address}/api/v1/setup", json=form, timeout=60)
    answer.raise_for_status()
    return str(answer.cookies["dropally"])


def _tell(what: str, times: list[float], aim_ms: float) -> None:
    middle = median(times)
    late = "" if middle <= aim_ms else f"  the aim is {aim_ms:.0f} ms"
    print(
        f"{what:28} median {middle:6.0f} ms   {min(times):6.0f} to {max(times):6.0f} ms{late}",
        flush=True,
    )


if __name__ == "__main__":
    main()
