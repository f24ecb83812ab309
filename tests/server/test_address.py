"""How the appliance is reached, as it tells the wizard."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from dropally.auth.verbs import Role
from dropally.server.parts import HttpSettings
from tests.server.appliance import Served, served

URL = "/api/v1/appliance/address"


def _states(answer: dict[str, Any]) -> dict[str, str]:
    return {check["name"]: check["state"] for check in answer["checks"]["items"]}


def test_without_a_proxy_it_tells_scheme_host_and_the_missing_address(appliance: Served) -> None:
    answer = appliance.as_admin().get(URL).json()
    assert (answer["scheme"], answer["host"]) == ("https", "backup.example.com")
    assert answer["configured_base_url"] == ""
    assert answer["base_url"].startswith("https://")
    assert answer["is_from_trusted_proxy"] is False
    assert _states(answer) == {"transport": "ok", "base_url": "warning"}


def test_a_proxy_that_nobody_named_is_pointed_out(appliance: Served) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9", "Via": "1.1 proxy"}
    answer = appliance.as_admin().get(URL, headers=headers).json()
    [check] = [one for one in answer["checks"]["items"] if one["name"] == "proxy"]
    assert check["state"] == "warning"
    assert "trusted_proxies" in check["hint"]
    assert {"name": "x-forwarded-for", "value": "203.0.113.9"} in answer["received"]
    assert answer["client"] != "203.0.113.9"


@pytest.mark.parametrize(
    ("headers", "proxy", "transport"),
    [
        ({"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}, "ok", "ok"),
        ({"X-Forwarded-Proto": "http"}, "warning", "warning"),
    ],
)
def test_a_trusted_proxy_is_believed(
    tmp_path: Path, headers: dict[str, str], proxy: str, transport: str
) -> None:
    http = HttpSettings(
        base_url="https://backup.example.com", trusted_proxies=(ip_network("192.0.2.0/24"),)
    )
    with served(tmp_path, http) as appliance:
        token = appliance.program()
        browser = appliance.stranger("192.0.2.4")
        browser.headers["Authorization"] = token.headers["Authorization"]
        answer = browser.get(URL, headers=headers).json()
    states = _states(answer)
    assert (states["proxy"], states["transport"]) == (proxy, transport)
    assert answer["is_from_trusted_proxy"] is True
    assert answer["client"] == headers.get("X-Forwarded-For", "192.0.2.4")


def test_the_address_of_mails_is_compared_with_the_one_used(appliance: Served) -> None:
    admin = appliance.as_admin()
    for base_url, state in (
        ("https://backup.example.com", "ok"),
        ("https://other.example.com", "warning"),
    ):
        changed = admin.patch(
            "/api/v1/settings",
            json={"changes": {"server.base_url": base_url}},
            headers={"If-Match": "*"},
        )
        assert changed.status_code == 200, changed.text
        answer = admin.get(URL).json()
        assert answer["configured_base_url"] == base_url
        assert _states(answer)["base_url"] == state


def test_only_who_manages_the_appliance_sees_it(appliance: Served) -> None:
    assert appliance.as_role(Role.VIEWER).get(URL).status_code == 403
