"""A served appliance whose jobs run beside a simulated team."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from dropally.server.application import build_application
from tests.protection.appliance import Protected, protected
from tests.server.appliance import Served, parts_over

API = "/api/v1"


class Console:
    """A served appliance whose jobs run, and its administrator's browser."""

    def __init__(self, place: Protected, served: Served) -> None:
        self.place = place
        self.served = served
        self.browser = served.browser(place.admin)

    def get(self, path: str, **query: Any) -> Any:
        return json_of(self.browser.get(API + path, params=query))

    def post(self, path: str, body: object = None, status: int = 200) -> Any:
        return json_of(self.browser.post(API + path, json=body), status)

    def task(self, **form: Any) -> str:
        """A task whose team was looked at; its id."""
        body = {"name": "Dropbox", "connection_id": self.place.connect().id, **form}
        made = self.post("/tasks", body, 201)
        self.place.finish_all()
        return str(made["id"])


def json_of(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


@contextmanager
def opened_console(folder: Path, storages: int = 1) -> Iterator[Console]:
    """In this folder, beside a team of one member."""
    with protected(folder, storages=storages) as place, ExitStack() as ending:
        parts = parts_over(place.people, place.ctx)
        served = Served(parts, place.people, build_application(parts), ending, place.admin)
        yield Console(place, served)
