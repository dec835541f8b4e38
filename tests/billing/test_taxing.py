from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from provd.billing.party import Party
from provd.billing.profile import BillingProfile, DebtorTerms, TaxRate, TaxTreatment
from provd.billing.tax_category import TaxCategory
from provd.billing.taxing import TaxRules
from provd.errors import InputError

SELLER, BUYER = 2, 3
DAY = date(2027, 1, 31)
STANDARD, REDUCED = TaxCategory.STANDARD, TaxCategory.REDUCED


def rate(percent: str, country: str = "DE", since: str = "2021-01-01", **also: object) -> TaxRate:
    given = {"issuer_id": SELLER, "category": STANDARD, "country": country, **also}
    return TaxRate(percent=Decimal(percent), valid_from=date.fromisoformat(since), **given)  # type: ignore[arg-type]


RATES = (rate("19"), rate("7", category=REDUCED), rate("20", "AT"))


def rules(
    seller: str = "DE",
    buyer: str = "DE",
    vat_id: str = "",
    *rates: TaxRate,
    untaxed: str = "",
    **terms: object,
) -> TaxRules:
    return TaxRules(
        BillingProfile(SELLER, Party("Nordfon GmbH", seller, vat_id="DE1234"), untaxed=untaxed),
        BillingProfile(
            BUYER,
            Party("Möller", buyer, vat_id=vat_id),
            terms=DebtorTerms(**terms),  # type: ignore[arg-type]
        ),
        rates or RATES,
    )


def words(made: TaxRules, category: TaxCategory = STANDARD) -> str:
    taxation = made.taxation(category, DAY)
    return f"{taxation.code} {taxation.percent} {taxation.reason_code}".strip()


@pytest.mark.parametrize(
    ("seller", "buyer", "vat_id", "expected"),
    [
        ("DE", "DE", "", "S 19"),
        ("DE", "DE", "DE999999999", "S 19"),
        ("DE", "AT", "", "S 20"),  # a consumer: the tax of its country, where a rate is entered
        ("DE", "AT", "ATU99999999", "AE 0 VATEX-EU-AE"),
        ("DE", "GR", "EL999999999", "AE 0 VATEX-EU-AE"),
        ("DE", "AT", "DE999999999", "S 19"),  # registered here, though its office is there
        ("DE", "CH", "", "O 0 VATEX-EU-O"),
        ("DE", "GB", "GB999999999", "O 0 VATEX-EU-O"),
        ("DE", "GB", "XI999999999", "O 0 VATEX-EU-O"),  # for services it is no member
        ("GB", "FR", "FR99999999999", "O 0 VATEX-EU-O"),
    ],
)
def test_who_owes_which_tax_follows_from_where_both_are(
    seller: str, buyer: str, vat_id: str, expected: str
) -> None:
    assert words(rules(seller, buyer, vat_id)) == expected


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        (TaxTreatment.DOMESTIC, "S 19"),
        (TaxTreatment.REVERSE_CHARGE, "AE 0 VATEX-EU-AE"),
        (TaxTreatment.OUT_OF_SCOPE, "O 0 VATEX-EU-O"),
        (TaxTreatment.EXEMPT, "E 0"),
    ],
)
def test_what_was_agreed_comes_before_the_rule(treatment: TaxTreatment, expected: str) -> None:
    made = rules("DE", "AT", "ATU99999999", treatment=treatment, reason="Embassy")
    assert words(made) == expected


def test_an_exemption_prints_its_reason() -> None:
    made = rules(treatment=TaxTreatment.EXEMPT, reason="Embassy, certificate of 2026-11-02")
    assert made.taxation(STANDARD, DAY).reason == "Embassy, certificate of 2026-11-02"
    with pytest.raises(InputError) as raised:
        DebtorTerms(TaxTreatment.EXEMPT)
    assert raised.value.key == "tax_reason"


def test_a_small_business_takes_no_tax_of_anybody() -> None:
    made = rules("DE", "AT", "ATU99999999", untaxed="Small business, section 19 UStG")
    assert words(made) == "E 0"


def test_each_category_has_its_rate() -> None:
    made = rules()
    assert words(made, REDUCED) == "S 7"
    assert words(made, TaxCategory.ZERO) == "Z 0"
    assert words(made, TaxCategory.EXEMPT) == "E 0"


def test_one_debtors_rate_comes_before_its_countrys() -> None:
    own = rate("16", country="", debtor_id=BUYER)
    assert words(rules("DE", "DE", "", *RATES, own)) == "S 16"
    other = rate("16", country="", debtor_id=99)
    assert words(rules("DE", "DE", "", *RATES, other)) == "S 19"


def test_a_rate_holds_from_its_day_on() -> None:
    """As Germany's did from July to December 2020."""
    made = rules(
        "DE", "DE", "",
        rate("19", since="2007-01-01"), rate("16", since="2020-07-01"), rate("19"),
    )  # fmt: skip
    on = [date(2020, 6, 30), date(2020, 7, 1), date(2020, 12, 31), date(2021, 1, 1)]
    assert [made.taxation(STANDARD, day).percent for day in on] == [19, 16, 16, 19]


def test_a_missing_rate_names_the_command_that_enters_it() -> None:
    made = rules("FR", "FR", "")
    with pytest.raises(InputError, match='provd tax set "#2" standard PERCENT') as raised:
        made.taxation(STANDARD, DAY)
    assert "--country FR --from 2027-01-01" in raised.value.remedy


def test_a_consumer_in_another_country_of_the_union_is_asked_about() -> None:
    with pytest.raises(InputError, match="for FR"):
        rules("DE", "FR", "").taxation(STANDARD, DAY)


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": ""},
        {"debtor_id": 3},
        {"country": "XX"},
        {"percent": Decimal(100)},
        {"percent": Decimal("-1")},
        {"percent": Decimal("19.00001")},
        {"category": TaxCategory.EXEMPT},
    ],
)
def test_it_refuses_a_rate_that_can_be_none(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(rate("19"), **wrong)  # type: ignore[arg-type]


def test_invoices_and_credit_notes_can_not_share_numbers() -> None:
    profile = rules().issuer
    with pytest.raises(InputError) as raised:
        replace(profile, credit_note_numbers=profile.invoice_numbers)
    assert raised.value.key == "credit_note_numbers"


def test_a_profile_names_what_an_issuer_still_needs() -> None:
    assert rules().debtor.missing == ("address", "city", "vat-id or tax-number")
