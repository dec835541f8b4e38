"""What happens in a scenario happens by the program's own operations; what they refuse is told with
the event's line."""

from __future__ import annotations

import pytest

from provd.configuration import Configuration
from provd.errors import InputError
from provd.scenario import play, read_scenario
from provd.scenario.telling import as_json, readable
from tests.scenario.conftest import played

SHOP = """
    provider: {name: Carrier, currency: EUR, zone: Europe/London}
    resellers:
      - name: Desk
        zone: Europe/Berlin
        customers: [{name: Bakery, sites: [{name: Shop}, {name: Mill}]}]
    plans:
      - name: Phone
        fees:
          - {name: Setup, kind: setup, wholesale: 20.00 EUR, retail: 49}
          - {name: Lease, kind: lease, wholesale: 4, retail: 6}
    events:
      - at: 2026-12-01 09:00
        register: {phone: till, site: Bakery/Shop, plan: Phone, order: HDP-1}
"""


def refused(text: str) -> str:
    with pytest.raises(InputError) as caught:
        played(SHOP + text)
    return str(caught.value)


def test_a_registered_phone_owes_nothing_before_it_boots_at_its_site() -> None:
    found = played(SHOP + "      - {at: 2027-03-01, bill: }\n")
    assert found.charges == ()
    found = played(
        SHOP
        + """\
      - {at: 2026-12-02, boot: {phone: till, place: bench}}
      - {at: 2027-03-01, bill: }
"""
    )
    assert found.charges == ()


def test_a_boot_tells_file_bytes_and_address() -> None:
    found = played(
        SHOP
        + "      - {at: 2026-12-22 09:15, boot: {phone: till, file: /x.cfg, bytes: 77, "
        + "address: 203.0.113.7, transport: tftp}}\n"
    )
    assert len(found.charges) == 4
    cause = found.charges[0].cause
    assert (cause.file, cause.bytes_sent, cause.address) == ("/x.cfg", 77, "203.0.113.7")
    assert (cause.transport, cause.kind) == ("tftp", "booted")


def test_an_order_is_staged_and_shipped() -> None:
    starts_shipped = SHOP.replace("- name: Phone\n", "- name: Phone\n        starts_on: shipped\n")
    found = played(starts_shipped + "      - {at: 2026-12-05 12:00, ship: {order: HDP-1}}\n")
    assert {charge.cause.kind for charge in found.charges} == {"shipped"}
    assert len(found.charges) == 4


def test_a_last_run_comes_at_the_end_that_is_asked_for() -> None:
    scenario = read_scenario(
        (SHOP + "      - {at: 2026-12-22 09:15, boot: {phone: till}}\n").encode(), "trial.yaml"
    )
    until = scenario.events[-1].at
    assert len(play(scenario, Configuration(), until=until).charges) == 4
    later = until.replace(year=2027, month=2)
    assert len(play(scenario, Configuration(), until=later).charges) == 8
    earlier = until.replace(day=21)
    assert play(scenario, Configuration(), until=earlier).charges == ()


def test_every_week_comes_to_the_same_bytes_as_once() -> None:
    boot = "      - {at: 2026-12-22 09:15, boot: {phone: till}}\n"
    weekly = "      - {at: 2026-12-24, bill: {every: week, until: 2027-03-15}}\n"
    once = "      - {at: 2027-03-15, bill: }\n"
    assert as_json(played(SHOP + boot + weekly)) == as_json(played(SHOP + boot + once))


MONEY = """\
      - {at: 2026-12-22 09:15, boot: {phone: till}}
      - {at: 2026-12-23, charge: {account: Bakery, amount: 30, text: Visit}}
      - {at: 2026-12-24, credit: {account: Bakery, amount: 10, credits: "manual:2:entry-1"}}
      - {at: 2026-12-28, pay: {account: Bakery, amount: 80, received: 2026-12-27}}
      - {at: 2026-12-29, refund: {account: Bakery, amount: 9.06}}
      - {at: 2026-12-29, pay: {account: Desk, amount: 21}}
      - {at: 2026-12-30, write_off: {account: Desk, amount: 0.29, reason: Not worth a letter}}
"""


def test_money_comes_and_goes_in_the_issuers_books() -> None:
    found = played(SHOP + MONEY)
    owed = {
        name: amount.figures
        for (account, _), amount in found.balances.items()
        if (name := readable(account, found.names))
    }
    assert owed["Desk: receivable: Bakery"] == "0.00"
    assert owed["Carrier: receivable: Desk"] == "0.00"
    assert owed["Desk: cash: bank"] == "70.94"
    assert owed["Desk: revenue: manual"] == "-20.00"
    assert owed["Carrier: bad-debt"] == "0.29"


def test_a_hard_account_is_suspended_until_it_pays() -> None:
    hard = SHOP.replace("name: Bakery,", "name: Bakery, balance: hard,")
    boot = "      - {at: 2026-12-22 09:15, boot: {phone: till}}\n"
    pays = "      - {at: 2026-12-20 09:15, pay: {account: Bakery, amount: 50.94}}\n"
    limit = "      - {at: 2026-12-23, terms: {account: Bakery, balance: hard, credit_limit: 1}}\n"
    assert suspended(hard + boot) == {"Bakery": "2026-12-01"}
    assert suspended(hard + pays) == {}
    assert suspended(hard + pays + boot) == {"Bakery": "2026-12-22"}
    assert suspended(hard + pays + boot + limit) == {}


def test_what_a_suspension_gives_back_lifts_nothing() -> None:
    """Or the account would have service every other night."""
    hard = SHOP.replace("name: Bakery,", "name: Bakery, balance: hard,").replace("lease,", "base,")
    pays = "      - {at: 2026-12-20 09:15, pay: {account: Bakery, amount: 54}}\n"
    boot = "      - {at: 2026-12-22 09:15, boot: {phone: till}}\n"
    nights = "      - {at: 2026-12-23 02:00, bill: {every: day, until: 2027-01-12}}\n"
    found = played(hard + pays + boot + nights)
    retail = [one.amount.figures for one in found.charges if one.side == "retail"]
    assert retail == ["49.00", "1.94", "6.00", "-6.00"]
    assert suspended(hard + pays + boot + nights) == {"Bakery": "2027-01-01"}


def suspended(text: str) -> dict[str, str]:
    states = played(text).accounts
    return {one.name: f"{one.suspended_at:%Y-%m-%d}" for one in states if one.suspended_at}


INVOICES = """\
      - {at: 2026-12-22 09:15, boot: {phone: till}}
      - {at: 2027-01-01 05:00, invoice: {month: 2026-12, issuer: Desk}}
      - {at: 2027-01-01 06:00, finalise: {debtor: Bakery}}
      - {at: 2027-01-02 06:00, void_invoice: {issuer: Desk, number: 2027-00001, reason: Wrong}}
      - {at: 2027-01-03 06:00, invoice: {month: 2026-12, issuer: Desk}}
"""


def test_what_was_on_a_void_invoice_is_drafted_again() -> None:
    found = played(SHOP + INVOICES)
    assert [(one.status, one.number, one.gross.figures) for one in found.invoices] == [
        ("void", "2027-00001", "50.94"),
        ("draft", "", "50.94"),
    ]
    assert found.invoices[0].charge_keys == found.invoices[1].charge_keys


def test_whoever_can_not_be_invoiced_is_told() -> None:
    taxed = SHOP.replace("- name: Desk", "- name: Desk\n        taxes: [{percent: 7, country: FR}]")
    [problem] = played(taxed + INVOICES.split("      - {at: 2027-01-01 06")[0]).not_invoiced
    assert problem.startswith("Desk to Bakery: tax: Desk has entered no standard tax rate for DE")


def test_a_phone_goes_through_its_life() -> None:
    found = played(
        SHOP
        + """\
      - {at: 2026-12-22 09:15, boot: {phone: till}}
      - {at: 2026-12-23, suspend: {phone: till, reason: Not paid}}
      - {at: 2026-12-24, resume: {phone: till}}
      - {at: 2026-12-25, replace: {phone: till, by: till-2}}
      - {at: 2026-12-26, move: {phone: till-2, to: Bakery/Mill}}
      - {at: 2026-12-27, retire: {phone: till-2, reason: Fell into the dough}}
"""
    )
    assert {found.subscriptions[one.subscription_id or 0] for one in found.charges} == {"till"}
    assert [one.amount.figures for one in found.charges if one.cause.kind == "retired"] == [
        "-0.97",
        "-0.64",
    ]


def test_what_moves_to_another_customer_begins_anew_there() -> None:
    two = SHOP.replace("customers: [", "customers: [{name: Butcher}, ")
    found = played(
        two
        + """\
      - {at: 2026-12-22 09:15, boot: {phone: till}}
      - {at: 2026-12-26, move: {phone: till, to: Butcher, plan: Phone}}
      - {at: 2026-12-26 09:15, boot: {phone: till}}
"""
    )
    setups = [one for one in found.charges if one.kind == "setup" and one.side == "retail"]
    assert [found.names[one.debtor_id] for one in setups] == ["Bakery", "Butcher"]


def test_it_expects_what_was_worked_out() -> None:
    boot = "      - {at: 2026-12-22 09:15, boot: {phone: till}}\n"
    expect = "    expect: {owes: {Bakery: 50.94, Desk: 21.29}}\n"
    assert (
        played(SHOP + boot + expect).unexpected
        == ("Bakery owes 50.94 EUR, and 50.94 EUR was expected",)[1:]
    )
    assert played(SHOP + boot + expect.replace("21.29", "-21.29")).unexpected == (
        "Desk owes 21.29 EUR, and -21.29 EUR was expected",
    )


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ("boot: {phone: tull}", "boot.phone: there is no phone “tull”. There are: till"),
        ("register: {phone: till, site: Bakery/Shop}", "two phones are called “till”"),
        ("register: {phone: b, site: Bakery}", "site “Bakery”. There are: Bakery/Mill, Bakery/Sh"),
        ("register: {phone: b, site: Bakery/Mill, plan: Pone}", "there is no plan “Pone”"),
        (
            "register: {phone: b, site: Bakery/Mill, mac: x1}",
            "register.mac: “x1” is not a MAC address",
        ),
        ("cancel: {subscription: tull}", "there is no subscription “tull”. There are: till"),
        ("keep: {subscription: till}", "has no end that could be withdrawn"),
        ("charge_setup: {subscription: till}", "has no setup fee that waits"),
        ("change_plan: {subscription: till, plan: Phone}", "has not started"),
        ("subscribe: {name: a, plan: Phone, subject: tull}", "there is no place “tull”"),
        (
            "price: {plan: Phone, fee: Rent, side: retail, amount: 1, since: 2027-01-01}",
            "there is no fee “Rent”. There are: Lease, Setup",
        ),
        ("buy_out: {name: tull}", "there is no leased thing “tull”"),
        ("buy_out: {name: till}", "plan “Phone” has no buy-out price"),
        ("lease: {name: a, site: Bakery/Mill, plan: Phon}", "there is no plan “Phon”"),
        ("return: {phone: tull}", "return.phone: there is no phone “tull”"),
        ("replace: {phone: till, by: till}", "two phones are called “till”"),
        ("resume: {phone: till}", "resume: "),
        ("ship: {order: HDP-2}", "there is no such order"),
        ("unpark: {customer: Bakery}", "no customer “Bakery” is parked"),
        ("pay: {account: Bakary, amount: 1}", "pay.account: there is no account “Bakary”"),
        ("refund: {account: Bakery, amount: 1}", "has paid in advance 0.00 EUR"),
        ("finalise: {}", "there is no such draft. Draft it first"),
        ("credit_note: {issuer: Desk, number: A, reason: B}", "Desk has sent no invoice “A”"),
    ],
)
def test_what_is_refused_is_told_with_the_events_line(event: str, sentence: str) -> None:
    text = refused(f"      - at: 2026-12-03\n        {event}\n")
    assert text.startswith("trial.yaml line 15, ")
    assert sentence in text


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("currency: EUR", "currency: EURO", "trial.yaml line 2: “EURO” is not a currency"),
        (
            "Europe/Berlin",
            "Europe/Berlon",
            "trial.yaml line 5, resellers.1.zone: “Europe/Berlon” is not a time zone.",
        ),
        (
            "{name: Mill}",
            "{name: Mill, zone: Here}",
            "line 6, resellers.1.customers.1.sites.2.zone: “Here” is not",
        ),
        ("name: Bakery", "name: Desk", "two accounts are called “Desk”. Events name them"),
        ("20.00 EUR", "20.00 USD", "20.00 USD is not in EUR"),
        ("49}", "4.999}", "can't be paid: too many digits"),
        ("49}", "49, own: {Disk: 1}}", "there is no account “Disk”. There are: Bakery, Carrier"),
    ],
)
def test_a_business_that_can_not_be_is_told_with_its_line(
    old: str, new: str, sentence: str
) -> None:
    with pytest.raises(InputError) as caught:
        played(SHOP.replace(old, new))
    assert str(caught.value).startswith("trial.yaml line ")
    assert sentence in str(caught.value)
