"""Headers and cookies."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.portal.applications import KEY
from tests.portal.house import OWN, House
from tests.portal.visitor import Visitor, page

Visit = Callable[[str], Visitor]


@pytest.mark.parametrize(
    "path", ["/sign-in", "/devices", "/nowhere", "/static/portal.css", "/static/nothing.css"]
)
def test_every_answer_bears_the_security_headers(path: str, visit: Visit) -> None:
    headers = visit("alice").get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_and_static_files_are_kept_for_a_year(visit: Visit) -> None:
    alice = visit("alice")
    assert alice.get("/devices").headers["Cache-Control"] == "no-store"
    for link in page(alice.get("/devices")).xpath("//link/@href | //script/@src"):
        answer = alice.get(str(link))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"], link
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
    assert alice.get("/static/nothing.css").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/devices", f"/devices/{OWN}", "/devices/new", "/customers"])
def test_no_page_carries_inline_script_or_style(path: str, visit: Visit) -> None:
    document = page(visit("alice").get(path))
    assert not document.xpath("//style | //script[not(@src)] | //@style | //@onclick")


def test_the_cookie_is_for_this_host_over_https_and_not_for_scripts(app: Flask) -> None:
    cookie = Visitor.of(app).sign_in("alice").headers["Set-Cookie"]
    assert cookie.startswith("__Host-provd=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie


def test_plain_http_gets_a_cookie_only_when_it_is_asked_for(house: House) -> None:
    from provd.portal import PortalSettings, create_app

    plain = create_app(
        house.operations, secret_key=KEY, settings=PortalSettings(secure_cookies=False)
    )
    cookie = Visitor.of(plain).sign_in("alice").headers["Set-Cookie"]
    assert cookie.startswith("provd=")
    assert "Secure" not in cookie


def test_a_short_secret_key_is_refused(house: House) -> None:
    from provd.portal import PortalSettings, create_app

    with pytest.raises(ValueError, match="32 bytes"):
        create_app(house.operations, secret_key=b"short", settings=PortalSettings())


def test_titles_differ_from_page_to_page(visit: Visit) -> None:
    alice = visit("alice")
    paths = ["/", "/devices", f"/devices/{OWN}", "/devices/new", "/customers", "/charges"]
    titles = [page(alice.get(path)).findtext(".//title") for path in paths]
    assert len(set(titles)) == len(paths)
    assert all(title and title.endswith("· Northwind Voice") for title in titles)


def test_the_accent_is_the_resellers_and_passes_as_a_stylesheet(visit: Visit) -> None:
    alice = visit("alice")
    assert "/accent/0b7a75.css" in alice.get("/").text
    assert "--accent:#0b7a75" in alice.get("/accent/0b7a75.css").text
    odd = alice.get("/accent/%3Cscript%3E.css")
    assert odd.status_code == 200
    assert "<" not in odd.text
