"""The invoice run: everybody's drafts for a month, as often as one likes."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from PIL import Image

from provd.billing.invoice import InvoiceKind
from provd.devices.account import Role
from provd.errors import InputError, NotFoundError, StoreUnavailable
from provd.operations import Actor, invoice_runs
from provd.operations.invoice_drafts import refresh
from tests.conftest import House
from tests.operations.conftest import Clock
from tests.operations.forms import rows
from tests.operations.invoices import (
    BUYER,
    CUSTOMER,
    PROVIDER,
    RESELLER,
    boot,
    charge,
    retail_draft,
    run,
    settle,
)


@pytest.fixture(autouse=True)
def september(house: House, clock: Clock) -> Clock:
    """August is over."""
    settle(house)
    boot(house)
    clock.now = datetime(2026, 9, 1, 8, tzinfo=UTC)
    return clock


def sums(house: House) -> dict[tuple[int, int], str]:
    return {(one.issuer_id, one.debtor_id): str(one.gross) for one in run(house).drafts}


def test_the_provider_drafts_for_the_reseller_and_that_for_its_customer(house: House) -> None:
    report = run(house)
    assert report.problems == ()
    assert {(one.issuer_id, one.debtor_id): str(one.gross) for one in report.drafts} == {
        (PROVIDER, RESELLER): "17.28 EUR",  # 12.00 + 3.90 x 20/31, and 19 %
        (RESELLER, CUSTOMER): "34.74 EUR",  # 25.00 + 6.50 x 20/31, and 19 %
    }
    assert report.changed == {one.id for one in report.drafts}


def test_a_line_tells_slot_and_site_and_its_reasons_go_down_to_the_boot(house: House) -> None:
    page = house.parts.operations.invoicing.reading.page(house.reseller, retail_draft(house))
    lease = next(line for line in page.invoice.lines if line.period)
    assert lease.text == "Hardware lease"
    assert lease.detail
    (reason,) = page.reasons[lease.position]
    assert reason.calculation == "6.50 EUR x 20/31 days"
    assert reason.cause.kind == "booted"
    assert reason.cause.file
    assert reason.cause.bytes_sent


def test_running_again_changes_nothing(house: House) -> None:
    first = run(house)
    before = rows(house)
    second = run(house)
    assert second.drafts == first.drafts
    assert second.changed == frozenset()
    assert rows(house) == before


def test_what_falls_due_later_is_added_to_the_draft(house: House) -> None:
    before = retail_draft(house)
    charge(house, "50")
    report = run(house)
    (after,) = (one for one in report.drafts if one.issuer_id == RESELLER)
    assert str(after.gross) == "94.24 EUR"
    assert report.changed == {after.id} != {before}


def test_what_falls_due_when_the_month_is_over_waits_for_the_next(house: House) -> None:
    until = datetime(2026, 8, 31, 22, tzinfo=UTC)  # midnight in Berlin
    house.parts.operations.billing.run(until)
    assert sums(house)[RESELLER, CUSTOMER] == "34.74 EUR"
    assert [str(one.gross) for one in run(house, 9).drafts if one.issuer_id == RESELLER] == [
        "7.74 EUR"
    ]


def test_what_is_given_back_is_netted_and_less_than_nothing_is_a_credit_note(
    house: House,
) -> None:
    charge(house, "-9.20")
    assert sums(house)[RESELLER, CUSTOMER] == "23.79 EUR"
    charge(house, "-30", "manual:2")
    report = run(house)
    (note,) = (one for one in report.drafts if one.issuer_id == RESELLER)
    assert (note.kind, str(note.gross)) == (InvoiceKind.CREDIT_NOTE, "11.91 EUR")
    assert str(report.totals[note.issuer, "EUR"]) == "-11.91 EUR"


def test_another_rate_or_profile_makes_the_draft_anew(house: House) -> None:
    run(house)
    profiles = house.parts.operations.invoicing.profiles
    profiles.save(house.reseller, CUSTOMER, {"vat_id": "ATU12345678", "country": "AT"})
    assert sums(house)[RESELLER, CUSTOMER] == "29.19 EUR"
    profiles.save(house.reseller, CUSTOMER, {"vat_id": "", "country": "DE"})
    assert sums(house)[RESELLER, CUSTOMER] == "34.74 EUR"


def test_one_who_can_not_be_invoiced_holds_up_no_other(house: House) -> None:
    sql = house.parts.store.books._database.sql
    sql("DELETE FROM billing_profile WHERE account_id = ?", (CUSTOMER,))
    report = run(house)
    assert [(one.issuer_id, one.debtor_id) for one in report.drafts] == [(PROVIDER, RESELLER)]
    (problem,) = report.problems
    assert "has no billing profile" in problem.reason
    assert "provd profile set" in problem.reason
    house.parts.operations.invoicing.profiles.save(house.reseller, CUSTOMER, BUYER)
    assert run(house).problems == ()


def test_an_issuer_without_address_or_tax_number_is_told_of_once(house: House) -> None:
    profiles = house.parts.operations.invoicing.profiles
    profiles.save(house.reseller, RESELLER, {"vat_id": "", "address_lines": ""})
    (problem,) = run(house).problems
    assert problem.debtor == ""
    assert "lacks address, vat-id or tax-number" in problem.reason
    assert "--address ... --vat-id ..." in problem.reason


def test_a_missing_tax_rate_is_told_with_its_remedy(house: House) -> None:
    profiles = house.parts.operations.invoicing.profiles
    profiles.save(house.reseller, CUSTOMER, {"country": "FR"})
    (problem,) = run(house).problems
    assert "no standard tax rate for FR" in problem.reason


def test_a_parked_account_waits(house: House, september: Clock) -> None:
    books = house.parts.store.books
    books.park(CUSTOMER, "16 charges in a day", september.now)
    report = run(house)
    assert [one.issuer_id for one in report.drafts] == [PROVIDER]
    assert [one.reason for one in report.problems] == ["it is parked"]
    books.unpark(CUSTOMER)
    assert len(run(house).drafts) == 2


@pytest.mark.parametrize("steps", range(1, 4))
def test_a_run_that_was_killed_is_finished_by_the_next(house: House, steps: int) -> None:
    """Killed at its first, second or third write of a draft's parts."""
    expected = sums(house)
    for one in run(house).drafts:
        house.parts.operations.invoicing.issue.void(house.admin, one.id, "")
    real, left = refresh, [steps]

    def killed(*given: object) -> object:
        left[0] -= 1
        made = real(*given)  # type: ignore[arg-type]
        if left[0] <= 0:
            raise StoreUnavailable("kill -9")
        return made

    with mock.patch.object(invoice_runs, "refresh", killed):
        if steps <= len(expected):
            with pytest.raises(StoreUnavailable):
                run(house)
        else:
            run(house)
    assert sums(house) == expected


def test_progress_is_told(house: House) -> None:
    told: list[tuple[int, int]] = []
    runs = house.parts.operations.invoicing.runs
    runs.run(house.admin, 2026, 8, progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_a_reseller_drafts_in_its_own_name_alone(house: House) -> None:
    runs = house.parts.operations.invoicing.runs
    assert [one.issuer_id for one in runs.run(house.reseller, 2026, 8).drafts] == [RESELLER]
    assert runs.run(house.stranger(), 2026, 8).drafts == ()
    assert runs.run(house.reseller, 2026, 8, issuer_ids=[PROVIDER]).drafts == ()
    for role in (Role.CUSTOMER, Role.FULFILMENT):
        with pytest.raises(NotFoundError):
            runs.run(house.actor(role), 2026, 8)


def test_equal_lines_of_many_phones_are_summed_where_the_issuer_wants_it(house: House) -> None:
    charge(house, "5", "manual:1")
    charge(house, "5", "manual:2")
    profiles = house.parts.operations.invoicing.profiles
    profiles.save(house.reseller, RESELLER, {"sums_alike": "yes"})
    page = house.parts.operations.invoicing.reading.page(house.reseller, retail_draft(house))
    (visits,) = (line for line in page.invoice.lines if line.text == "Technician's visit")
    assert f"{visits.quantity} {visits.amount}" == "2 10.00 EUR"
    assert len(page.reasons[visits.position]) == 2


class TestProfiles:
    def test_what_is_given_changes_and_the_rest_stays(self, house: House) -> None:
        profiles = house.parts.operations.invoicing.profiles
        profiles.save(house.reseller, RESELLER, {"city": "Kiel", "bank_name": "DKB"})
        made = profiles.page(house.reseller, RESELLER).profile
        assert made is not None
        assert (made.party.city, made.party.postcode) == ("Kiel", "20457")
        assert made.party.address_lines == ("Hafenstraße 7", "2. Stock")
        assert made.bank is not None
        assert (made.bank.iban, made.bank.name) == ("DE02120300000000202051", "DKB")
        profiles.save(house.reseller, RESELLER, {"iban": ""})
        made = profiles.page(house.reseller, RESELLER).profile
        assert made is not None
        assert made.bank is None

    def test_what_was_agreed_with_an_account_is_entered_by_its_issuer(self, house: House) -> None:
        profiles = house.parts.operations.invoicing.profiles
        with pytest.raises(InputError) as raised:
            profiles.save(house.reseller, RESELLER, {"treatment": "reverse-charge"})
        assert raised.value.key == "treatment"
        made = profiles.save(house.admin, RESELLER, {"days_to_pay": "30"})
        assert made.terms.days == 30
        assert profiles.save(house.reseller, CUSTOMER, {"days_to_pay": "7"}).terms.days == 7

    def test_nobody_reads_or_writes_anothers(self, house: House) -> None:
        profiles = house.parts.operations.invoicing.profiles
        stranger = house.stranger()
        for actor, account in ((stranger, CUSTOMER), (stranger, RESELLER), (stranger, PROVIDER)):
            with pytest.raises(NotFoundError):
                profiles.page(actor, account)
            with pytest.raises(NotFoundError):
                profiles.save(actor, account, BUYER)
            with pytest.raises(NotFoundError):
                profiles.rates(actor, account)
        with pytest.raises(NotFoundError):
            profiles.page(house.customer, CUSTOMER)
        with pytest.raises(NotFoundError):
            profiles.save(house.reseller, PROVIDER, BUYER)

    def test_a_first_profile_needs_its_country(self, house: House) -> None:
        profiles = house.parts.operations.invoicing.profiles
        stranger = house.stranger()
        with pytest.raises(InputError) as raised:
            profiles.save(stranger, stranger.account_id, {"city": "Kiel"})
        assert raised.value.key == "country"
        made = profiles.save(stranger, stranger.account_id, {"country": "NL"})
        assert made.party.name == "Stranger Telecom"

    def test_a_logo_is_an_image_and_the_issuers_own(self, house: House) -> None:
        profiles = house.parts.operations.invoicing.profiles
        image = io.BytesIO()
        Image.new("RGB", (300, 100), "#0a6e4a").save(image, "PNG")
        profiles.set_logo(house.reseller, RESELLER, image.getvalue())
        assert house.parts.store.books.logo(RESELLER) == image.getvalue()
        for wrong in (b"", b"<svg/>", b"x" * (2 << 20)):
            with pytest.raises(InputError) as raised:
                profiles.set_logo(house.reseller, RESELLER, wrong)
            assert raised.value.key == "logo"
        for actor, account in ((house.reseller, PROVIDER), (house.customer, CUSTOMER)):
            with pytest.raises(NotFoundError):
                profiles.set_logo(actor, account, None)
        profiles.set_logo(house.reseller, RESELLER, None)
        assert house.parts.store.books.logo(RESELLER) is None

    def test_a_language_is_one_that_documents_speak(self, house: House) -> None:
        profiles = house.parts.operations.invoicing.profiles
        assert profiles.save(house.reseller, CUSTOMER, {"language": "de"}).language == "de"
        with pytest.raises(InputError) as raised:
            profiles.save(house.reseller, CUSTOMER, {"language": "tlh"})
        assert raised.value.key == "language"

    def test_accounts_are_named_as_people_do(self, house: House) -> None:
        profiles = house.parts.operations.invoicing.profiles
        admin = Actor("", Role.ADMIN, PROVIDER)
        named = profiles.account_named(admin, f"#{RESELLER}")
        assert profiles.account_named(admin, named.name.upper()) == named
        with pytest.raises(NotFoundError, match="Did you mean"):
            profiles.account_named(admin, named.name + "n")
        with pytest.raises(NotFoundError):
            profiles.account_named(house.reseller, f"#{PROVIDER}")


def test_late_by_a_month_all_is_on_one_draft(house: House, september: Clock) -> None:
    house.parts.operations.billing.run(september.now + timedelta(days=20))
    assert [str(one.gross) for one in run(house, 9).drafts if one.issuer_id == RESELLER] == [
        "42.47 EUR"
    ]
