"""The pages of invoices: for whoever sends them and whoever gets them, and for nobody else."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image

from provd.billing.tax_category import TaxCategory
from tests.portal.house import House
from tests.portal.invoices import ADDRESS, account, drafted, issued, settle
from tests.portal.test_subscriptions import confirmed
from tests.portal.visitor import BASE, Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]


def month(house: House) -> str:
    return f"{house.clock.now:%Y-%m}"


def test_a_month_is_drafted_and_what_is_missing_is_told_with_its_remedy(
    visit: Visit, house: House
) -> None:
    alice = visit("alice")
    shown = text_of(alice.post("/invoices/draft", {"month": month(house)}))
    assert "0 drafts for" in shown
    assert "Northwind Voice has no billing profile" in shown
    settle(house)
    shown = text_of(alice.post("/invoices/draft", {"month": month(house)}))
    assert "1 draft for" in shown
    assert "Example Dental Practice" in text_of(alice.get("/invoices"), "//tbody")


def test_an_invoice_shows_its_lines_with_reasons_down_to_the_boot(
    visit: Visit, house: House
) -> None:
    id_ = drafted(house)
    shown = text_of(visit("alice").get(f"/invoices/{id_}"))
    assert f"Invoice draft #{id_}" in shown
    assert "Setup" in shown
    assert "Reception" in shown
    assert "arrived whole at" in shown
    assert "4,212 bytes" in shown
    assert "Tax, 19 % of" in shown


def test_a_draft_is_issued_by_a_second_click_and_then_the_customer_sees_it(
    visit: Visit, house: House
) -> None:
    id_ = drafted(house)
    alice, carla = visit("alice"), visit("carla")
    assert carla.get(f"/invoices/{id_}").status_code == 404
    assert "No invoices yet" in text_of(carla.get("/invoices"))
    assert "nobody can change it" in text_of(alice.get(f"/invoices/{id_}/issue"))
    assert alice.post(f"/invoices/{id_}/issue").location == f"/invoices/{id_}"
    listed = text_of(carla.get("/invoices"))
    assert "Amount due" in listed
    assert f"{house.clock.now:%Y}-00001" in listed
    shown = carla.get(f"/invoices/{id_}")
    assert "Credit…" not in text_of(shown)
    assert carla.get(f"/invoices/{id_}/pdf").data.startswith(b"%PDF-")
    assert b"<Invoice" in carla.get(f"/invoices/{id_}/ubl").data
    for step in ("issue", "void", "credit", "send"):
        assert carla.post(f"/invoices/{id_}/{step}").status_code == 403


def test_all_drafts_are_issued_at_once_and_one_that_can_not_be_holds_up_no_other(
    visit: Visit, house: House
) -> None:
    id_ = drafted(house)
    wholesale = drafted(house, "root")
    alice = visit("alice")
    assert f"#{id_} Example Dental Practice" in text_of(alice.get("/invoices/issue"))
    typed = {"country": "AT", "vat_id": "ATU12345678"}
    customer = account(house, "Example Dental Practice")
    house.operations.invoicing.profiles.save(house.actor("alice"), customer.id, typed)
    refused = text_of(alice.post("/invoices/issue", {"draft": str(id_)}))
    assert f"#{id_}: A profile or a tax rate has changed" in refused
    alice.post("/invoices/draft", {"month": month(house)})
    (shown,) = page(alice.get("/invoices/issue")).xpath("//input[@name='draft']/@value")
    assert alice.post("/invoices/issue", {"draft": shown}).location == "/invoices"
    assert f"{house.clock.now:%Y}-00001" in text_of(alice.get("/invoices"))
    assert "No drafts" in text_of(alice.get("/invoices/issue"))
    foreign = alice.post("/invoices/issue", {"draft": str(wholesale)})
    assert "There is no such invoice" in text_of(foreign)
    assert visit("root").get(f"/invoices/{wholesale}/issue").status_code == 200


def test_what_is_wrong_stands_beside_its_field(visit: Visit, house: House) -> None:
    id_ = drafted(house)
    alice = visit("alice")
    tomorrow = f"{house.clock.now + timedelta(days=1):%Y-%m-%d}"
    for typed, told in ((tomorrow, "still to come"), ("soon", "is no day")):
        answer = alice.post(f"/invoices/{id_}/issue", {"date": typed})
        assert told in text_of(answer, "//p[@id='date-error']")


def test_an_invoice_is_made_void_with_a_reason(visit: Visit, house: House) -> None:
    id_ = issued(house)
    alice = visit("alice")
    answer = alice.post(f"/invoices/{id_}/void", {"reason": ""})
    assert "somebody will ask why" in text_of(answer, "//p[@id='reason-error']").lower()
    alice.post(f"/invoices/{id_}/void", {"reason": "Wrong address"})
    assert "Void: it asks for nothing" in text_of(alice.get(f"/invoices/{id_}"))
    assert visit("carla").get(f"/invoices/{id_}").status_code == 404


def test_a_draft_is_thrown_away(visit: Visit, house: House) -> None:
    id_ = drafted(house)
    alice = visit("alice")
    assert alice.post(f"/invoices/{id_}/void").location == "/invoices"
    assert alice.get(f"/invoices/{id_}").status_code == 404


def test_a_credit_note_is_shown_before_it_is_issued(visit: Visit, house: House) -> None:
    id_ = issued(house)
    alice = visit("alice")
    typed = {"line": "1", "reason": "Setup was free"}
    quoted = text_of(alice.post(f"/invoices/{id_}/credit", typed))
    assert "Issue this credit note?" in quoted
    assert "29.75 EUR" in quoted
    assert "CN-" not in text_of(alice.get("/invoices"))
    shown = confirmed(alice, f"/invoices/{id_}/credit", typed)
    assert "Credit note CN-" in shown
    assert "Setup was free" in shown
    left = page(alice.get(f"/invoices/{id_}/credit")).xpath("//input[@name='line']/@value")
    assert left == ["2"]
    again = text_of(alice.post(f"/invoices/{id_}/credit", {**typed, "agreed": "yes"}))
    assert "has been credited already" in again


def test_part_of_a_line_is_given_back_and_the_rest_of_it_is_offered_again(
    visit: Visit, house: House
) -> None:
    id_ = issued(house)
    alice = visit("alice")
    path = f"/invoices/{id_}/credit"
    typed = {"line": "1", "amount-1": "10,5", "reason": "Late"}
    quoted = alice.post(path, typed)
    assert "10.50 EUR of 25.00 EUR" in text_of(quoted)
    assert value_of(quoted, "amount-1") == "10,5", "the second click sends the same"
    agreed = {**typed, "agreed": value_of(quoted, "agreed")}
    done = alice.post(path, agreed)
    assert "12.50 EUR" in text_of(alice.get(str(done.location))), "with 19 %"
    assert "Something of it was credited meanwhile" in text_of(alice.post(path, agreed), "//body")
    assert len(house.operations.invoicing.reading.page(house.actor("alice"), id_).credit_notes) == 1
    assert "14.50 EUR left of 25.00 EUR" in text_of(alice.get(path))
    for wrong, told in (
        ({"amount-1": "14.51"}, "14.50 EUR is left of it"),
        ({"amount-1": "much"}, "is no amount"),
        ({"amount-2": "1"}, "line 2 has an amount, but is not chosen"),
        ({"line": "77"}, "line 77 of invoice"),
        ({"line": ""}, "choose what is given back"),
    ):
        answer = alice.post(path, {"line": "1", "reason": "Late", **wrong})
        assert told.lower() in text_of(answer).lower(), wrong


def test_an_invoice_of_a_closed_account_says_that_it_is_to_be_opened_first(
    visit: Visit, house: House
) -> None:
    id_ = issued(house)
    customer = account(house, "Example Dental Practice")
    house.store.closings.close(customer.id, house.clock.now, "alice")
    alice = visit("alice")
    shown = alice.get(f"/invoices/{id_}")
    assert "The account of Example Dental Practice is closed" in text_of(shown)
    assert not page(shown).xpath(f"//a[@href='/invoices/{id_}/credit']")
    for step in ("credit", "void"):
        path = f"/invoices/{id_}/{step}"
        answer = alice.get(path)
        assert "Open the account first" in text_of(alice.get(answer.location), "//body")
        answer = alice.post(path, {"reason": "Wrong", "line": "1"})
        assert "Open the account first" in text_of(alice.get(answer.location), "//body")


def test_a_reseller_reads_what_it_owes_the_provider_and_changes_none_of_it(
    visit: Visit, house: House
) -> None:
    wholesale = issued(house, "root")
    alice = visit("alice")
    shown = text_of(alice.get(f"/invoices/{wholesale}"))
    assert "Example Telecom" in shown
    assert "Void…" not in shown
    for step in ("void", "credit"):
        assert alice.get(f"/invoices/{wholesale}/{step}").status_code == 404
        answer = alice.post(f"/invoices/{wholesale}/{step}", {"reason": "No", "line": "1"})
        assert answer.status_code == 404
    assert visit("charlie").get(f"/invoices/{wholesale}").status_code == 404
    assert visit("carla").get(f"/invoices/{wholesale}").status_code == 404


def test_the_list_is_narrowed(visit: Visit, house: House) -> None:
    id_ = issued(house)
    alice = visit("alice")
    number = f"{house.clock.now:%Y}-00001"
    for query, there in (
        ("", True),
        ("?show=open", True),
        ("?show=final", True),
        ("?show=draft", False),
        ("?show=void", False),
        (f"?account={account(house, 'Example Dental Practice').id}", True),
        (f"?account={account(house, 'Example Garage').id}", False),
        ("?page=2", False),
    ):
        assert (number in text_of(alice.get(f"/invoices{query}"))) is there, query
    assert alice.get("/invoices?show=nonsense").status_code == 400
    house.clock.now += timedelta(days=15)
    alice = visit("alice")
    assert "overdue" in text_of(alice.get("/invoices"), "//tbody")
    assert "Of that overdue" in text_of(visit("carla").get("/invoices"))
    assert f"/invoices/{id_}" in alice.get("/invoices").text


def test_mail_is_queued_and_what_was_given_up_is_told(visit: Visit, house: House) -> None:
    id_ = issued(house)
    alice = visit("alice")
    alice.post(f"/invoices/{id_}/send", {"to": "office@practice.example"})
    shown = text_of(alice.get(f"/invoices/{id_}"))
    assert "office@practice.example: waits" in shown
    (mail,) = house.store.books.mails_due(house.clock.now)
    house.store.books.mail_failed(mail.id, "550 no <b>such</b> user", None)
    assert "1 mail could not be sent" in text_of(alice.get("/invoices"))
    assert "550 no <b>such</b> user" in text_of(alice.get(f"/invoices/{id_}"))
    alice.post(f"/invoices/{id_}/mails/{mail.id}/again")
    assert "waits" in text_of(alice.get(f"/invoices/{id_}"))
    wrong = alice.post(f"/invoices/{id_}/send", {"to": "nobody"})
    assert "It was not sent" in text_of(alice.get(str(wrong.location)))


class TestProfile:
    def path(self, house: House, name: str) -> str:
        return f"/accounts/{account(house, name).id}/billing-profile"

    def test_it_is_filled_in_and_shown_again(self, visit: Visit, house: House) -> None:
        alice, path = visit("alice"), self.path(house, "Northwind Voice")
        assert alice.get("/billing-profile").location == path
        typed = {**ADDRESS, "name": "Northwind Voice GmbH", "days": "30", "sums_alike": "yes"}
        assert alice.post(path, typed).location == path
        answer = alice.get(path)
        assert page(answer).xpath("//input[@name='days']/@value") == ["30"]
        assert page(answer).xpath("//input[@name='sums_alike']/@checked")
        assert text_of(answer, "//textarea") == "Hafenstrasse 7"

    def test_what_is_wrong_stands_beside_its_field(self, visit: Visit, house: House) -> None:
        alice, path = visit("alice"), self.path(house, "Northwind Voice")
        for key, text in (
            ("country", "Germany"),
            ("iban", "DE00"),
            ("days", "many"),
            ("invoice_numbers", "{number}{number}"),
            ("vat_id", "12"),
            ("language", "tlh"),
        ):
            answer = alice.post(path, {**ADDRESS, "name": "Northwind", key: text})
            assert answer.status_code == 200
            name = "numbers" if key == "invoice_numbers" else key
            wrong = page(answer).xpath(f"//p[@id='{name}-error'] | //div[@role='alert']")
            assert wrong, key
            if key != "language":
                assert page(answer).xpath(f"//input[@name='{key}']/@value") == [text]

    def test_a_reseller_does_not_set_its_own_terms(self, visit: Visit, house: House) -> None:
        alice = visit("alice")
        own, customers = (
            self.path(house, name) for name in ("Northwind Voice", "Example Dental Practice")
        )
        assert not page(alice.get(own)).xpath("//select[@name='treatment']")
        answer = alice.post(own, {**ADDRESS, "name": "Northwind", "treatment": "reverse-charge"})
        assert "who enters it" in text_of(answer)
        assert page(alice.get(customers)).xpath("//select[@name='treatment']")
        nonsense = alice.post(customers, {"country": "DE", "treatment": "bribe"})
        assert "is no treatment" in text_of(nonsense)
        for name in ("charlie", "carla"):
            assert visit(name).get(own).status_code in {403, 404}

    def test_a_logo_is_an_image(self, visit: Visit, house: House) -> None:
        alice, path = visit("alice"), self.path(house, "Northwind Voice")
        image = io.BytesIO()
        Image.new("RGB", (60, 20), "#0b7a75").save(image, "PNG")

        def send(content: bytes) -> str:
            data = {"csrf_token": alice.token(), "logo": (io.BytesIO(content), "logo.png")}
            return text_of(
                alice.client.post(
                    path.replace("billing-profile", "logo"),
                    base_url=BASE,
                    data=data,
                    headers={"Referer": BASE + "/"},
                    follow_redirects=True,
                )
            )

        assert "The logo is not an image" in send(b"<svg/>")
        assert "Choose a file first" in send(b"")
        assert "It has one" in send(image.getvalue())

    @pytest.mark.parametrize("percent", ["19", "nineteen"])
    def test_a_rate_is_entered(self, visit: Visit, house: House, percent: str) -> None:
        settle(house)
        alice, path = visit("alice"), self.path(house, "Northwind Voice")
        rates = path.replace("billing-profile", "tax-rates")
        typed = {"category": "reduced", "percent": percent, "valid_from": "2027-01-01"}
        answer = alice.post(rates, typed)
        if percent == "19":
            assert "reduced" in text_of(alice.get(str(answer.location)), "//tbody")
            reseller = account(house, "Northwind Voice").id
            made = house.store.books.tax_rates(reseller)
            assert {one.category for one in made} == {TaxCategory.STANDARD, TaxCategory.REDUCED}
        else:
            assert "is no rate of tax" in text_of(answer, "//p[@id='percent-error']")
