from dataclasses import replace

import pytest

from provd.billing.country import vat_country
from provd.billing.party import Bank, Party
from provd.errors import InputError
from tests.billing.invoices import DEBTOR


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("country", "UK"),
        ("country", "de"),
        ("vat_id", "123456789"),
        ("vat_id", "DE 123 456 789"),
        ("email", "nobody"),
        ("email", "two@at@example.com"),
        ("email", "a@example.com\nBcc: all@example.com"),
        ("peppol_id", "4006381333931"),
        ("name", ""),
        ("city", "Ham\nburg"),
        ("address_lines", ("Am Markt\t3",)),
    ],
)
def test_it_refuses_what_can_be_no_such_field(key: str, value: object) -> None:
    with pytest.raises(InputError) as raised:
        replace(DEBTOR, **{key: value})  # type: ignore[arg-type]
    assert raised.value.key == key


def test_name_and_country_are_enough() -> None:
    assert Party("Anna Weiß", "AT").vat_id == ""


@pytest.mark.parametrize(
    "iban", ["DE02120300000000202051", "GB82WEST12345698765432", "NO9386011117947"]
)
def test_a_bank_account_checks_out(iban: str) -> None:
    assert Bank(iban).iban == iban


@pytest.mark.parametrize(
    "iban", ["", "DE02120300000000202015", "DE02 1203 0000 0000 2020 51", "12345"]
)
def test_it_refuses_an_iban_that_does_not_check_out(iban: str) -> None:
    with pytest.raises(InputError) as raised:
        Bank(iban)
    assert raised.value.key == "iban"


def test_it_refuses_a_bic_of_another_length() -> None:
    with pytest.raises(InputError):
        Bank("DE02120300000000202051", "BYLADEM")


def test_a_vat_id_names_its_country_though_greece_writes_el() -> None:
    assert [vat_country(id_) for id_ in ("ATU12345678", "EL123456789", "XI123", "")] == [
        "AT",
        "GR",
        "",
        "",
    ]
