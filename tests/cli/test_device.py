"""`provd device`: register, list, show."""

import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from provd.devices.mac import Mac
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import delivery, refusal
from tests.operations.forms import rows

ADD = ("device", "add", "80:5e:c0:00:00:77", "yealink", "T46U", "--site", "Front desk")
LINE = ("--user", "177", "--password", "sip-secret-of-177")
PLAN = ("--plan", "desk phone with lease")


def test_a_phone_without_a_plan_is_registered_without_a_question(run: Run, house: House) -> None:
    text = printed(run(*ADD, *LINE, "--label", "Room 77", "--display-name", "Ada"))
    assert text == "Registered 80:5e:c0:00:00:77, T46U, state registered\n"
    device = house.parts.store.devices.by_mac(Mac("805ec0000077"))
    assert device is not None
    assert (device.label, device.lines[0].display_name) == ("Room 77", "Ada")
    assert device.lines[0].password.reveal() == "sip-secret-of-177"


def test_what_costs_money_is_shown_before_it_is_asked(run: Run) -> None:
    result = run(*ADD, *LINE, *PLAN, typed="y\n")
    text = printed(result)
    assert "first boots at the customer's site" in text
    assert text.index("12.00 EUR") < text.index("Registered")
    for amount in ("12.00", "25.00", "2.52", "4.19", "3.90", "6.50"):
        assert f"{amount} EUR" in text
    assert "Register it?" in result.stderr


@pytest.mark.parametrize("answer", ["n\n", "\n", ""])
def test_who_does_not_agree_keeps_nothing(run: Run, house: House, answer: str) -> None:
    before = rows(house)
    result = run(*ADD, *LINE, *PLAN, "--order", "A-7", typed=answer)
    assert result.exit_code == 1
    assert "Aborted" in result.stderr
    assert "Registered" not in result.stdout
    assert rows(house) == before


def test_yes_agrees_in_advance(run: Run) -> None:
    result = run(*ADD, *LINE, *PLAN, "--yes")
    assert "Registered" in printed(result)
    assert "Register it?" not in result.stderr


def test_the_password_is_asked_for_and_not_shown(run: Run, house: House) -> None:
    result = run(*ADD, "--user", "177", typed="sip-secret-of-177\n")
    assert "SIP password: \n" in printed(result)
    assert "sip-secret" not in result.output
    device = house.parts.store.devices.by_mac(Mac("805ec0000077"))
    assert device is not None
    assert device.lines[0].password.reveal() == "sip-secret-of-177"


def test_the_password_may_come_from_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIP_PASSWORD", "sip-secret-of-177")
    assert "SIP password" not in printed(run(*ADD, "--user", "177"))


def test_no_command_ever_prints_a_sip_password(run: Run) -> None:
    run(*ADD, *LINE, *PLAN, "--yes")
    for command in (("show", "805ec0000077"), ("list",)):
        assert "sip-secret" not in run("device", *command).output
    assert "sip-secret" not in run(*ADD, *LINE, *PLAN, "--yes").output
    wrong = run(*ADD[:2], "805ec0000078", *ADD[3:], "--user", "1", "--password", "sip-secret\n")
    assert "sip-secret" not in wrong.output
    assert "password" in sentence(wrong)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("no-mac", *ADD[3:], *LINE), "mac: “no-mac” is not a MAC address"),
        ((PHONE, *ADD[3:], *LINE), "registered already at Harbour Dental Practice, Front desk"),
        (("805ec0000077", "acme", "T46U", *ADD[5:], *LINE), "there is no vendor “acme”"),
        (("805ec0000077", "yealink", "T46", *ADD[5:], *LINE), "Yealink has no model “T46”"),
        (("805ec0000077", *ADD[3:5], "--site", "Attic", *LINE), "site: there is no site “Attic”"),
        ((*ADD[2:], *LINE, "--plan", "Gold"), "plan: there is no plan “Gold”. There are: Desk"),
        ((*ADD[2:], "--user", "a b", "--password", "x"), "lines.1.user"),
        ((*ADD[2:], *LINE, "--registrar", "sip:x@y"), "lines.1.registrar"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    run: Run, house: House, arguments: tuple[str, ...], told: str
) -> None:
    before = rows(house)
    assert told in sentence(run("device", "add", *arguments))
    assert rows(house) == before


def test_a_vendor_and_a_site_may_be_written_by_hand(run: Run) -> None:
    site = ("--site", "harbour dental practice/FRONT DESK")
    assert "T46U" in printed(run(*ADD[:3], "Yealink", "t46-u", *site, *LINE))


def test_two_sites_of_one_name_are_told_apart(run: Run, house: House) -> None:
    directory = house.parts.operations.directory
    other = directory.create_customer(house.reseller, "Cafe")
    directory.create_site(house.reseller, other.id, "Front desk", "", "")
    assert "several sites “Front desk”" in sentence(run(*ADD, *LINE))
    assert "Cafe/Front desk" in sentence(run(*ADD, *LINE))
    assert "Registered" in printed(run(*ADD[:6], "Cafe/Front desk", *LINE))


def test_the_list_tells_each_phone_in_a_line(run: Run) -> None:
    lines = printed(run("device", "list")).splitlines()
    assert " ".join(lines[0].split()) == "MAC model state customer and site last boot (UTC)"
    assert len(lines) == 5
    row = f"{PHONE} T46U registered Harbour Dental Practice, Front desk never"
    assert " ".join(lines[-1].split()) == row


def test_the_list_is_searched(run: Run) -> None:
    assert PHONE in printed(run("device", "list", "reception"))
    assert printed(run("device", "list", "zzz")) == "No device matches “zzz”.\n"


def test_the_rest_of_a_long_list_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["provd.cli.device"], "SHOWN", 3)
    result = run("device", "list")
    assert len(printed(result).splitlines()) == 4
    assert result.stderr == "1 more: search for some of them\n"


def test_a_phone_shows_lines_boots_and_charges(run: Run, house: House) -> None:
    at = START + timedelta(hours=2)
    house.parts.operations.boots.book(
        [refusal(house.parts, PHONE, at), delivery(house.parts, PHONE, at + timedelta(minutes=1))]
    )
    text = printed(run("device", "show", "805EC0-000001"))
    assert text.startswith(f"{PHONE} Yealink T46U, in service\nHarbour Dental Practice, Front desk")
    assert "Line 1: 101, Reception" in text
    assert "window closed" in text
    assert "Boot of 2026-08-12 10:00:59 UTC, complete" in text
    assert "4.19 EUR" in text
    assert "6.50 EUR x 20/31 days" in text


def test_what_strangers_ask_for_does_not_reach_the_terminal(run: Run, house: House) -> None:
    entry = refusal(house.parts, PHONE, START + timedelta(hours=2))
    path = "805ec0000001\x1b]0;owned\x07\x1b[2J[/red].cfg"
    house.parts.store.journal.append([replace(entry, path=path)])
    text = printed(run("device", "show", PHONE))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[/red].cfg" in text


def test_text_is_printed_as_it_is(run: Run, house: House) -> None:
    """Brackets are no markup, and the bytes of a MAC no emoji."""
    add = list(ADD)
    add[2] = "80:5e:c0:ab:cd:77"
    assert "80:5e:c0:ab:cd:77" in printed(run(*add, *LINE, "--display-name", "[/b] [red]x"))
    assert "80:5e:c0:ab:cd:77" in printed(run("device", "list"))
    assert "[/b] [red]x" in printed(run("device", "show", "80:5e:c0:ab:cd:77"))
    customer = house.parts.operations.directory.create_customer(house.reseller, "[/x] Ltd")
    site = house.parts.operations.directory.create_site(
        house.reseller, customer.id, "[red]", "", ""
    )
    assert site.name == "[red]"
    assert "[/x] Ltd/[red]" in sentence(run(*ADD[:6], "nowhere", *LINE))


@pytest.mark.parametrize(
    ("mac", "words"),
    [
        ("80:5e:c0:99:99:99", "there is no such device"),
        ("no-mac", "is not a MAC address"),
        ("", "no MAC address was given"),
    ],
)
def test_a_phone_there_is_not_is_told(run: Run, mac: str, words: str) -> None:
    assert words in sentence(run("device", "show", mac))


def test_a_mac_that_asked_before_anybody_registered_it_is_discovered(
    run: Run, house: House
) -> None:
    stranger = Mac("805ec0999999")
    asked = refusal(house.parts, PHONE, START)
    house.parts.operations.boots.book(
        [replace(asked, mac=stranger, device_id=None, path="805ec0999999.cfg")]
    )
    text = printed(run("device", "show", str(stranger)))
    assert "80:5e:c0:99:99:99 is discovered" in text
    assert "805ec0999999.cfg" in text
    run(*(part if part != ADD[2] else str(stranger) for part in ADD), *LINE)
    assert "is discovered" not in printed(run("device", "show", str(stranger)))


def test_what_firmware_a_phone_is_told_of_and_which_files_fail_is_shown(
    run: Run, house: House
) -> None:
    shown = printed(run("device", "show", PHONE))
    assert "Firmware that it is told of: none, there is none for T46U" in shown
    assert "can't be made" not in shown
    device = house.parts.store.devices.by_mac(Mac.parse(PHONE))
    assert device is not None
    house.parts.store.devices.update(device.id, settings={"raw.yealink.a b": "1"})
    shown = printed(run("device", "show", PHONE))
    assert "805ec0000001.cfg can't be made: raw.yealink.a b: no parameter has such a name" in shown
    assert "There is no earlier one" in shown
