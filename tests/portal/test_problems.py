"""What goes wrong looks alike, names a remedy and tells no secrets."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from provd.errors import StoreUnavailable
from provd.operations.directory import Directory
from tests.portal.visitor import Visitor, text_of

Visit = Callable[[str], Visitor]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/devices/nonsense", 404),
        ("GET", "/devices?state=gone", 400),
        ("GET", "/orders", 403),
        ("GET", "/sign-out", 405),
        ("GET", "/customers/999/sites/new", 404),
        ("GET", "/static/../portal.css", 404),
        ("POST", "/nowhere", 404),
    ],
)
def test_a_problem_has_a_page_of_the_house(
    method: str, path: str, status: int, visit: Visit
) -> None:
    alice = visit("alice")
    answer = alice.get(path) if method == "GET" else alice.post(path)
    assert answer.status_code == status
    assert text_of(answer, "//h1")
    assert "To the first page" in text_of(answer)
    assert "Traceback" not in answer.text


def test_a_breakage_is_logged_and_not_shown(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alice = visit("alice")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret recipe")

    monkeypatch.setattr(Directory, "customers", broken)
    answer = alice.get("/customers")
    assert answer.status_code == 500
    assert "Something broke here" in text_of(answer)
    assert "recipe" not in answer.text
    assert "the secret recipe" in caplog.text


def test_a_form_that_breaks_leaves_no_password_in_the_log(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    alice = visit("alice")

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("broken")

    from provd.operations.registration import Registration

    monkeypatch.setattr(Registration, "choices", broken)
    answer = alice.post("/devices/new", {"mac": "x", "line-1-password": "typed-secret"})
    assert answer.status_code == 500
    assert "typed-secret" not in caplog.text


def test_a_database_that_is_gone_is_said_to_come_back(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = visit("alice")

    def gone(*_: object, **__: object) -> None:
        raise StoreUnavailable("no route to 10.0.0.7")

    from provd.operations.sign_in import SignIn

    for name in ("user", "brand_of", "brand_for_host"):
        monkeypatch.setattr(SignIn, name, gone)
    answer = alice.get("/devices")
    assert answer.status_code == 503
    assert "Back in a moment" in text_of(answer)
    assert "10.0.0.7" not in answer.text


def test_a_form_that_is_too_large_is_refused(visit: Visit) -> None:
    answer = visit("alice").post("/customers/new", {"name": "x" * 300_000})
    assert answer.status_code == 413
