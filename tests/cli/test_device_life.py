"""`provd device suspend`, `resume`, `return`, `retire`, `replace` and `move`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from provd.devices.lifecycle import State
from provd.operations.reaching import Reaching
from provd.resync.telling import Told
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import device_of
from tests.operations.forms import rows
from tests.operations.steps import in_service

NEW = "80:5e:c0:00:00:99"


@pytest.fixture(autouse=True)
def booted(house: House) -> None:
    in_service(house, START + timedelta(minutes=30))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The phones that were told, in place of SIP."""
    macs: list[str] = []

    def resync(_: Reaching, actor: object, mac: str, *, patience: float) -> Told:
        macs.append(mac)
        return Told(accepted=True, text="")

    monkeypatch.setattr(Reaching, "resync", resync)
    return macs


def test_a_phone_is_suspended_and_resumed_and_told(run: Run, told: list[str]) -> None:
    assert printed(run("device", "suspend", PHONE, "--reason", "abuse")) == (
        f"{PHONE} is suspended\nThe phone was told to fetch its configuration.\n"
    )
    assert printed(run("device", "suspend", PHONE)) == f"{PHONE} is suspended already\n"
    assert "is in service\n" in printed(run("device", "resume", PHONE, "--no-resync"))
    assert told == [PHONE]


def test_its_accounts_suspension_is_told(run: Run, house: House) -> None:
    house.parts.store.suspensions.suspend(house.customer.account_id, START, "balance")
    suspended = printed(run("device", "suspend", PHONE))
    assert "Harbour Dental Practice is suspended, so its phones have no service" in suspended
    assert "so the phone has no service" in printed(run("device", "show", PHONE))


@pytest.mark.parametrize(("verb", "state"), [("return", "returned"), ("retire", "retired")])
def test_a_phone_is_taken_back_once_somebody_agrees(
    run: Run, house: House, verb: str, state: str
) -> None:
    before = rows(house)
    result = run("device", verb, PHONE, typed="n\n")
    assert result.exit_code == 1
    assert rows(house) == before
    assert printed(run("device", verb, PHONE, "--yes")).endswith(f"{PHONE} is {state}\n")
    # Nothing is asked where nothing is left to be done.
    assert printed(run("device", verb, PHONE)) == f"{PHONE} is {state} already\n"


def test_what_cannot_be_is_one_sentence(run: Run) -> None:
    assert "registered can't become returned" in sentence(
        run("device", "return", "80:5e:c0:00:00:11", "--yes")
    )
    assert "there is no such device" in sentence(run("device", "retire", NEW))


def test_a_phone_is_replaced_and_its_new_passwords_are_written(
    run: Run, house: House, tmp_path: Path
) -> None:
    file = tmp_path / "passwords"
    text = printed(run("device", "replace", PHONE, NEW, "--yes", "--passwords-to", str(file)))
    assert f"{NEW}, T46U, is in the place of {PHONE}\n" in text
    assert "The old phone is retired and locked out, and due back.\n" in text
    new = device_of(house.parts, NEW)
    assert file.read_text() == f"1,101,{new.lines[0].password.reveal()}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert new.lines[0].password.reveal() not in text


def test_no_password_file_is_left_where_nothing_was_replaced(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    assert "old phone" in sentence(
        run("device", "replace", PHONE, PHONE, "--yes", "--passwords-to", str(file))
    )
    assert not file.exists()
    assert "no new passwords" in sentence(
        run(*("device", "replace", PHONE, NEW, "--keep-passwords", "--passwords-to", str(file)))
    )


def test_what_is_lost_is_told_before_it_is_asked(run: Run, house: House) -> None:
    device = device_of(house.parts, PHONE)
    settings = {"raw.yealink.static.x": "1"}
    house.parts.store.devices.update(device.id, settings=settings)
    other = ("c0:74:ad:00:00:77", "--vendor", "grandstream", "--model", "GRP2614")
    result = run("device", "replace", PHONE, *other, typed="n\n")
    assert "Not taken over: setting raw.yealink.static.x" in result.stdout
    assert device_of(house.parts, PHONE).state is State.IN_SERVICE


def test_a_phone_moves_within_its_customer_without_a_question(
    run: Run, house: House, told: list[str]
) -> None:
    account = house.customer.account_id
    house.parts.operations.directory.create_site(house.reseller, account, "Upstairs", "", "")
    text = printed(run("device", "move", PHONE, "upstairs"))
    assert text.startswith(f"{PHONE} is at upstairs now, in service\n")
    assert told == [PHONE]


def test_another_customer_is_asked_for_plan_and_line(run: Run, house: House) -> None:
    directory = house.parts.operations.directory
    garage = directory.create_customer(house.reseller, "Garage")
    directory.create_site(house.reseller, garage.id, "Workshop", "", "")
    move = ("device", "move", PHONE, "workshop")
    assert "lines of its own" in sentence(run(*move, "--no-plan"))
    assert "which plan" in sentence(run(*move, "--keep-lines"))
    line = ("--user", "7", "--password", "of-the-garage")
    text = printed(run(*move, *line, "--plan", "desk phone with lease", "--yes"))
    assert "Where it is now:" in text
    assert "25.00 EUR" in text
    assert text.endswith(f"{PHONE} is at workshop now, registered\n")
    assert "of-the-garage" not in text
