"""Customers, sites, charges by the month, resellers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from provd.billing.money import Money
from provd.operations.views import MonthFigures
from provd.portal.money_chart import money_chart
from tests.portal.house import House
from tests.portal.visitor import Visitor, page, text_of, value_of

Visit = Callable[[str], Visitor]


def test_a_customer_and_a_site_are_added_and_lead_on(visit: Visit) -> None:
    alice = visit("alice")
    sent = alice.post("/customers/new", {"name": "Example Bakery"})
    assert sent.status_code == 302
    assert "Example Bakery was added" in alice.get(sent.location).text
    networks = "192.0.2.0/25, 2001:db8:7::/48\n198.51.100.9"
    site = {"name": "Mill Lane", "networks": networks, "time_zone": "Europe/London"}
    answer = alice.post(sent.location, site)
    assert answer.status_code == 302
    shown = text_of(alice.get("/customers"))
    assert "Mill Lane 192.0.2.0/25, 2001:db8:7::/48, 198.51.100.9/32" in shown
    assert "Europe/London" in shown


@pytest.mark.parametrize("name", ["", "   ", "Example Dental Practice", "a\x00b"])
def test_a_customers_name_is_checked(name: str, visit: Visit) -> None:
    answer = visit("alice").post("/customers/new", {"name": name})
    assert answer.status_code == 200
    assert text_of(answer, "//*[@id='name-error']")
    assert value_of(answer, "name") == name.strip().replace("\x00", "\ufffd")


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "Give the site a name"),
        ({"networks": "192.0.2.7/24"}, "networks", "Did you mean 192.0.2.0/24?"),
        ({"networks": "192.0.2.0/24 rubbish"}, "networks", "“rubbish” is not a network"),
        ({"networks": "0.0.0.0/0"}, "networks", "everybody"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "is not a time zone"),
    ],
)
def test_a_sites_errors_stand_beside_their_fields(
    change: dict[str, str], field: str, words: str, visit: Visit, house: House
) -> None:
    customer = house.operations.directory.customers(house.actor("alice")).items[0].account.id
    whole = {"name": "Harbour", "networks": "192.0.2.0/24", "time_zone": "Europe/Berlin"}
    answer = visit("alice").post(f"/customers/{customer}/sites/new", whole | change)
    assert words in text_of(answer, f"//*[@id='{field}-error']")
    shown = page(answer).xpath("//textarea[@name='networks']")[0].text_content()
    assert shown.strip() == (whole | change)["networks"]


def test_an_empty_list_says_what_to_do(visit: Visit, house: House) -> None:
    from provd.devices.account import Role
    from provd.devices.secret import Secret
    from tests.portal.house import PASSWORD

    fresh = house.operations.setup.create_reseller("Fresh Telephony")
    house.operations.setup.create_user(fresh.id, "fresh", Role.RESELLER, Secret(PASSWORD))
    assert "Add the first customer" in text_of(visit("fresh").get("/customers"))
    assert "Nothing charged in November 2026" in text_of(visit("fresh").get("/charges"))


def test_a_month_of_charges_has_revenue_cost_and_margin(visit: Visit) -> None:
    answer = visit("alice").get("/charges")
    figures = text_of(answer, "//dl")
    assert "Revenue: customers pay 28.60 EUR" in figures
    assert "Cost: you pay 11.80 EUR" in figures
    assert "Margin 16.80 EUR" in figures
    assert len(page(answer).xpath("//table[contains(@class, 'charges')]/tbody/tr")) == 4
    assert "Example Dental Practice" in text_of(answer, "//table[contains(@class, 'charges')]")


def test_twelve_months_have_bars_and_the_same_figures_as_a_table(visit: Visit) -> None:
    answer = visit("alice").get("/charges")
    rows = page(answer).xpath("//table[@class='numbers']/tbody/tr")
    assert len(rows) == 13
    cells = [" ".join(cell.text_content().split()) for cell in rows[0]]
    assert cells == ["November 2026", "28.60 EUR", "11.80 EUR", "16.80 EUR"]
    assert "Together 28.60 EUR 11.80 EUR 16.80 EUR" in text_of(answer, "//table[@class='numbers']")
    assert len(page(answer).xpath("//*[@class='series-revenue']")) == 1
    assert float(page(answer).xpath("//*[@class='series-cost']/@height")[0]) == 23.6, "of 50"
    admins = text_of(visit("root").get("/charges"), "//table[@class='numbers']")
    assert "Together 11.80 EUR 0.00 EUR 11.80 EUR" in admins


def test_what_was_given_back_has_no_bar_but_a_line_in_the_table() -> None:
    def eur(text: str) -> Money:
        return Money(Decimal(text), "EUR")

    months = [
        MonthFigures(2026, 10, eur("-3.00"), eur("0")),
        MonthFigures(2026, 11, eur("80"), eur("90.5")),
    ]
    chart = money_chart(months)
    assert [(bar.revenue, bar.cost) for bar in chart.bars] == [(0.0, 0.0), (80.0, 90.5)]
    assert (chart.top, str(chart.total.margin)) == (100, "-13.50 EUR")


def test_the_providers_revenue_is_wholesale(visit: Visit) -> None:
    figures = text_of(visit("root").get("/charges"), "//dl")
    assert "Revenue: resellers pay 11.80 EUR" in figures


def test_another_month_is_a_link_away_and_nonsense_is_refused(visit: Visit) -> None:
    alice = visit("alice")
    assert "month=2026-10" in alice.get("/charges").text
    assert "October 2026" in text_of(alice.get("/charges?month=2026-10"), "//h1")
    assert "month=2026-12" not in alice.get("/charges").text, "the future has no charges"
    for odd in ("2026-13", "2026", "x", "2026-11-01", "999999-01"):
        assert alice.get(f"/charges?month={odd}").status_code == 400


def test_the_provider_sees_its_resellers(visit: Visit) -> None:
    rows = text_of(visit("root").get("/resellers"), "//tbody")
    assert "Northwind Voice" in rows
    assert "voice.example.org" in rows
    assert "Southgate Phones" in rows
