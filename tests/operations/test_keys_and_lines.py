"""Keys and lines of a registered phone, many at once, in the phone's next file."""

from __future__ import annotations

import pytest

from provd.devices.keys import KeyRange
from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError, NotFoundError, SettingError
from provd.operations.keys_and_lines import KeysSet, LineRange, generated
from tests.conftest import PHONE, House


def told(house: House) -> str:
    """The file that the demonstration's phone gets."""
    placement = house.parts.store.devices.placement(Mac.parse(PHONE))
    assert placement is not None
    vendor = house.parts.registry.vendor(placement.device.vendor)
    return vendor.render(vendor.file("device"), house.parts.files.phone(placement)).decode()


def test_a_range_of_keys_is_in_the_phones_next_file(house: House) -> None:
    one, before = house.parts.operations.keys_and_lines, house.parts.generation.value
    statement = KeyRange("2-5", "blf", "{n+198}", "Ext {n+198}")
    assert one.set_keys(house.reseller, PHONE, [statement]) == KeysSet(4, 0)
    assert house.parts.generation.value > before
    assert "203" in told(house)
    again = KeyRange("5-6", "speed_dial", "0800{n}")
    assert one.set_keys(house.reseller, PHONE, [again]) == KeysSet(2, 1)
    keys = one.device(house.reseller, PHONE).keys
    assert [(key.position, key.kind) for key in keys] == [
        (2, "blf"), (3, "blf"), (4, "blf"), (5, "speed_dial"), (6, "speed_dial"),
    ]  # fmt: skip
    assert one.clear_keys(house.reseller, PHONE, "1-3", 0) == 2
    assert one.clear_keys(house.reseller, PHONE, "", None) == 3
    assert one.device(house.reseller, PHONE).keys == ()


def test_what_the_model_can_not_take_changes_nothing(house: House) -> None:
    one = house.parts.operations.keys_and_lines
    device = one.device(house.admin, PHONE)
    with pytest.raises(SettingError, match="keys\\)"):
        one.set_keys(house.admin, PHONE, [KeyRange("1-999", "blf", "{n}")])
    with pytest.raises(SettingError, match="16 lines\\)"):
        one.set_lines(house.admin, PHONE, LineRange("1-17", "10{n:02}"), generated(17))
    assert one.device(house.admin, PHONE) == device


def test_a_value_that_no_file_can_hold_is_refused(house: House) -> None:
    reserved = "%NULL%"
    with pytest.raises(InputError, match="no configuration can be made"):
        house.parts.operations.keys_and_lines.set_keys(
            house.admin, PHONE, [KeyRange("1", "dnd", label=reserved), KeyRange("2", "blf", "1")]
            if "dnd" in house.parts.registry.vendor("yealink").key_kinds
            else [KeyRange("1", "blf", "1", reserved)],
        )  # fmt: skip


def test_all_lines_of_a_gateway_are_one_statement(house: House) -> None:
    one = house.parts.operations.keys_and_lines
    made = generated(16)
    lines = LineRange("1-16", "10{n:02}", display_name="Room {n}", registrar="pbx.example.net")
    assert len(set(made)) == 16
    assert [line.user for line in one.set_lines(house.reseller, PHONE, lines, made)][-1] == "1016"
    kept = one.set_lines(house.reseller, PHONE, LineRange("2-3", "20{n:02}"), None)
    assert [line.password for line in kept] == list(made[1:3])
    device = one.device(house.reseller, PHONE)
    assert [line.user for line in device.lines[:4]] == ["1001", "2002", "2003", "1004"]
    assert device.lines[15].password == made[15]


@pytest.mark.parametrize(
    ("lines", "passwords", "told"),
    [
        (LineRange("1-2", "{n}"), (Secret("a"),), "1 passwords were given for 2 lines"),
        (LineRange("9", "1"), None, "line 9, passwords: there is no password yet"),
        (LineRange("1", "a b"), None, "line 1, user: "),
        (LineRange("1", "{q}"), None, "user: the braces hold no counter"),
        (LineRange("1", ""), None, "a line needs a SIP user"),
    ],
)
def test_lines_are_checked(
    house: House, lines: LineRange, passwords: tuple[Secret, ...] | None, told: str
) -> None:
    with pytest.raises(SettingError, match=told):
        house.parts.operations.keys_and_lines.set_lines(house.admin, PHONE, lines, passwords)


def test_a_strangers_phone_does_not_exist(house: House) -> None:
    one = house.parts.operations.keys_and_lines
    for actor in (house.stranger(), house.customer):
        with pytest.raises(NotFoundError):
            one.set_keys(actor, PHONE, [KeyRange("1", "blf", "1")])
        with pytest.raises(NotFoundError):
            one.clear_keys(actor, PHONE, "", None)
        with pytest.raises(NotFoundError):
            one.set_lines(actor, PHONE, LineRange("1", "1"), None)
