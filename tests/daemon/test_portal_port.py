"""The portal on its own TLS port, asked as a browser does. What its pages show is tested there."""

from __future__ import annotations

import http.client
import json
import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.daemon.running import Addresses


class Browser:
    """Keeps cookies, names where it comes from, sends forms with the token of the page before."""

    def __init__(self, addresses: Addresses) -> None:
        context = ssl.create_default_context(cafile=str(addresses.ca_file))
        self._origin = f"https://127.0.0.1:{addresses.portal_port}"
        self._connection = http.client.HTTPSConnection(
            "127.0.0.1", addresses.portal_port, context=context, timeout=20
        )
        self._cookies: dict[str, str] = {}

    def close(self) -> None:
        self._connection.close()

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, etag: str = ""
    ) -> tuple[http.client.HTTPResponse, str]:
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        sent |= {"Referer": f"{self._origin}{path}", "Origin": self._origin, "If-None-Match": etag}
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode(form) if form is not None else None
        self._connection.request(method, path, body, sent)
        answer = self._connection.getresponse()
        for cookie in answer.msg.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
            assert {"Secure", "HttpOnly"} <= {part.strip() for part in cookie.split(";")}
        return answer, answer.read().decode()

    def sign_in(self, name: str, password: str) -> http.client.HTTPResponse:
        _, page = self.ask("GET", "/sign-in")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token, page
        form = {"name": name, "password": password, "csrf_token": token[1]}
        return self.ask("POST", "/sign-in", form)[0]


@pytest.fixture
def browser(shared: Addresses) -> Iterator[Browser]:
    one = Browser(shared)
    yield one
    one.close()


@pytest.fixture
def password(shared_data: Path) -> str:
    return str(json.loads((shared_data / "demonstration-users.json").read_text())["reseller"])


def test_who_is_not_signed_in_is_led_to_the_door(browser: Browser) -> None:
    answer, _ = browser.ask("GET", "/devices")
    assert answer.status == 302
    assert answer.headers["Location"].startswith("/sign-in")
    assert answer.headers["Server"] == "provd"


def test_signing_in_over_tls_shows_the_phones(browser: Browser, password: str) -> None:
    assert browser.sign_in("reseller", password).status == 302
    answer, page = browser.ask("GET", "/devices")
    assert answer.status == 200
    assert "80:5e:c0:00:00:01" in page
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_password_signs_nobody_in(browser: Browser) -> None:
    assert browser.sign_in("reseller", "wrong").status != 302
    assert browser.ask("GET", "/devices")[0].status == 302


def test_static_files_are_kept_by_the_browser(browser: Browser) -> None:
    _, page = browser.ask("GET", "/sign-in")
    found = re.search(r'href="(/static/[^"]+\.css[^"]*)"', page)
    assert found, page
    answer, style = browser.ask("GET", found[1])
    assert answer.status == 200
    assert style
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    again, empty = browser.ask("GET", found[1], etag=answer.headers["ETag"])
    assert (again.status, empty) == (304, "")


def test_the_portal_speaks_tls_only(shared: Addresses) -> None:
    plain = http.client.HTTPConnection("127.0.0.1", shared.portal_port, timeout=10)
    plain.request("GET", "/sign-in")
    with pytest.raises((http.client.HTTPException, OSError)):
        plain.getresponse()
    plain.close()
