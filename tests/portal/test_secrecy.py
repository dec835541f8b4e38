"""A password is shown where it was asked for by POST, prices to those whom they concern."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest

from tests.portal.house import OWN, SIP_PASSWORDS, House
from tests.portal.visitor import Visitor

Visit = Callable[[str], Visitor]


def test_a_password_is_shown_to_who_asks_by_post_and_that_is_logged(
    visit: Visit, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    answer = visit("alice").post(f"/devices/{OWN}/lines/1/password")
    assert SIP_PASSWORDS[0] in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    logged = capsys.readouterr().out + capsys.readouterr().err + caplog.text
    assert "password_revealed" in logged
    assert "alice" in logged
    assert SIP_PASSWORDS[0] not in logged


def test_a_line_that_does_not_exist_is_not_found(visit: Visit) -> None:
    assert visit("alice").post(f"/devices/{OWN}/lines/9/password").status_code == 404


def test_fulfilment_sees_neither_prices_nor_lines(visit: Visit, house: House) -> None:
    frieda = visit("frieda")
    for path in ("/orders", "/orders?show=all", f"/orders/bench?order={house_order()}"):
        text = frieda.get(path).text
        assert "EUR" not in text
        assert "4930555010" not in text


def test_a_customer_sees_retail_and_nothing_of_wholesale(visit: Visit) -> None:
    carla = visit("carla")
    text = carla.get(f"/devices/{OWN}").text
    assert "25.00" in text
    assert "10.00" not in text
    for path in ("/", "/devices", f"/devices/{OWN}"):
        assert "wholesale" not in carla.get(path).text.lower()
        assert "margin" not in carla.get(path).text.lower()


def test_a_customer_finds_nothing_to_change(visit: Visit) -> None:
    carla = visit("carla")
    for path in ("/", "/devices", f"/devices/{OWN}"):
        text = carla.get(path).text
        assert "Register a phone" not in text
        assert "Show password" not in text
        assert "Open a new window" not in text


def house_order() -> str:
    from urllib.parse import quote

    from tests.portal.house import ORDER

    return quote(ORDER)
