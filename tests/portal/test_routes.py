"""Every address, for every role: what it answers is written down here, and nothing is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from string import Formatter
from urllib.parse import quote

import pytest
from flask import Flask

from tests.portal.house import FOREIGN, ORDER, ORDERED, OWN, PASSWORD, SIP_PASSWORDS, House
from tests.portal.invoices import issued
from tests.portal.requests import requested
from tests.portal.visitor import Visitor, text_of

REVEALING = {"devices.reveal_password"}
VISITORS = ("", "root", "alice", "bob", "charlie", "carla", "frieda")


@dataclass(frozen=True, slots=True)
class Route:
    """`answers` are the status codes for VISITORS, in that order: nobody, the provider's
    administrator, the owner, her helper, another reseller, her customer, the fulfilment house."""

    endpoint: str
    method: str
    path: str
    answers: str

    @property
    def expected(self) -> dict[str, int]:
        return dict(zip(VISITORS, map(int, self.answers.split()), strict=True))


ROUTES = (
    #                                                     nobody root alice bob charlie carla frieda
    Route("static", "GET", "/static/portal.css",             "200 200 200 200 200 200 200"),
    Route("theme.accent_stylesheet", "GET", "/accent/0b7a75.css", "200 200 200 200 200 200 200"),
    Route("account.sign_in", "GET", "/sign-in",              "200 302 302 302 302 302 302"),
    Route("account.check_sign_in", "POST", "/sign-in",       "200 200 200 200 200 200 200"),
    Route("account.sign_out", "POST", "/sign-out",           "302 302 302 302 302 302 302"),
    Route("account.password", "GET", "/account/password",    "302 200 200 200 200 200 200"),
    Route("account.change_password", "POST", "/account/password", "302 200 200 200 200 200 200"),
    Route("home.show", "GET", "/",                           "302 200 200 200 200 200 302"),
    Route("devices.list_all", "GET", "/devices",             "302 200 200 200 200 200 403"),
    Route("devices.show", "GET", "/devices/{own}",           "302 200 200 200 404 200 403"),
    Route("devices.reveal_password", "POST", "/devices/{own}/lines/1/password",
                                                             "302 200 200 200 404 403 403"),
    Route("devices.open_enrolment", "POST", "/devices/{own}/enrolment",
                                                             "302 302 302 302 404 403 403"),
    Route("devices.resync", "POST", "/devices/{own}/resync", "302 302 302 302 404 403 403"),
    Route("steps.ask", "GET", "/devices/{own}/step/suspend", "302 200 200 200 404 403 403"),
    Route("steps.take", "POST", "/devices/{own}/step/suspend", "302 200 200 200 404 403 403"),
    Route("steps.replacement", "GET", "/devices/{own}/replace", "302 200 200 200 404 403 403"),
    Route("steps.replace", "POST", "/devices/{own}/replace", "302 200 200 200 404 403 403"),
    Route("steps.destination", "GET", "/devices/{own}/move", "302 200 200 200 404 403 403"),
    Route("steps.move", "POST", "/devices/{own}/move",       "302 200 200 200 404 403 403"),
    Route("registration.blank", "GET", "/devices/new",       "302 200 200 200 200 403 403"),
    Route("registration.quote", "POST", "/devices/new",      "302 200 200 200 200 403 403"),
    Route("registration.confirm", "POST", "/devices/new/confirm", "302 200 200 200 200 403 403"),
    Route("importing.blank", "GET", "/devices/import",       "302 200 200 200 200 403 403"),
    Route("importing.preview", "POST", "/devices/import",    "302 200 200 200 200 403 403"),
    Route("importing.confirm", "POST", "/devices/import/confirm", "302 200 200 200 200 403 403"),
    Route("customers.list_all", "GET", "/customers",         "302 200 200 200 200 403 403"),
    Route("customers.blank_customer", "GET", "/customers/new", "302 200 200 200 200 403 403"),
    Route("customers.create_customer", "POST", "/customers/new", "302 200 200 200 200 403 403"),
    Route("customers.blank_site", "GET", "/customers/{customer}/sites/new",
                                                             "302 200 200 200 404 403 403"),
    Route("customers.create_site", "POST", "/customers/{customer}/sites/new",
                                                             "302 200 200 200 404 403 403"),
    Route("plans.list_all", "GET", "/plans",                 "302 200 200 200 200 403 403"),
    Route("plans.blank", "GET", "/plans/new",                "302 200 200 200 200 403 403"),
    Route("plans.make", "POST", "/plans/new",                "302 200 200 200 200 403 403"),
    Route("plans.show", "GET", "/plans/{plan}",              "302 200 200 200 200 403 403"),
    Route("plans.set_price", "POST", "/plans/{plan}/price",  "302 200 200 200 200 403 403"),
    Route("plans.withdraw", "POST", "/plans/{plan}/withdraw", "302 302 200 200 200 403 403"),
    Route("plans.share", "POST", "/plans/{plan}/share",      "302 302 403 403 403 403 403"),
    Route("subscriptions.list_all", "GET", "/subscriptions", "302 200 200 200 200 200 403"),
    Route("subscriptions.show", "GET", "/subscriptions/{subscription}",
                                                             "302 200 200 200 404 200 403"),
    Route("subscriptions.step", "POST", "/subscriptions/{subscription}/cancel",
                                                             "302 200 200 200 404 403 403"),
    Route("subscriptions.blank", "GET", "/customers/{customer}/subscriptions/new",
                                                             "302 200 200 200 404 403 403"),
    Route("subscriptions.add", "POST", "/customers/{customer}/subscriptions/new",
                                                             "302 200 200 200 404 403 403"),
    Route("leases.list_all", "GET", "/leases",               "302 200 200 200 200 200 403"),
    Route("leased_items.blank", "GET", "/leases/new",        "302 200 200 200 200 403 403"),
    Route("leased_items.add", "POST", "/leases/new",         "302 200 200 200 200 403 403"),
    Route("leases.step", "POST", "/leases/{slot}/returned",  "302 302 302 302 404 403 403"),
    Route("charges.show_month", "GET", "/charges",           "302 200 200 200 200 403 403"),
    Route("balances.list_all", "GET", "/accounts",           "302 200 200 200 200 403 403"),
    Route("balances.own", "GET", "/statement",               "302 403 403 403 403 302 403"),
    Route("balances.show", "GET", "/accounts/{customer}",    "302 200 200 200 404 200 403"),
    Route("balances.export", "GET", "/accounts/{customer}/statement.csv",
                                                             "302 200 200 200 404 200 403"),
    Route("entries.payment", "GET", "/accounts/{customer}/payment",
                                                             "302 404 200 200 404 403 403"),
    Route("entries.enter_payment", "POST", "/accounts/{customer}/payment",
                                                             "302 404 200 200 404 403 403"),
    Route("entries.charge", "GET", "/accounts/{customer}/charge",
                                                             "302 404 200 200 404 403 403"),
    Route("entries.enter_charge", "POST", "/accounts/{customer}/charge",
                                                             "302 404 200 200 404 403 403"),
    Route("entries.terms", "GET", "/accounts/{customer}/terms",
                                                             "302 404 200 200 404 403 403"),
    Route("entries.change_terms", "POST", "/accounts/{customer}/terms",
                                                             "302 404 200 200 404 403 403"),
    Route("closing.ask", "GET", "/accounts/{customer}/close",
                                                             "302 404 200 200 404 403 403"),
    Route("closing.take", "POST", "/accounts/{customer}/close",
                                                             "302 404 200 200 404 403 403"),
    Route("entries.reversal", "GET", "/accounts/{customer}/payments/1/reverse",
                                                             "302 404 404 404 404 403 403"),
    Route("entries.reverse", "POST", "/accounts/{customer}/payments/1/reverse",
                                                             "302 404 404 404 404 403 403"),
    Route("orders.list_open", "GET", "/orders",              "302 200 403 403 403 403 200"),
    Route("orders.bench", "GET", "/orders/bench{order}",     "302 200 403 403 403 403 200"),
    Route("orders.devices", "GET", "/orders/bench/devices{order}","302 200 403 403 403 403 200"),
    Route("orders.scan", "POST", "/orders/bench/scan{order}","302 200 403 403 403 403 200"),
    Route("orders.stage", "POST", "/orders/bench/stage{order}","302 302 403 403 403 403 302"),
    Route("orders.boot", "POST", "/orders/bench/boot{order}","302 302 403 403 403 403 302"),
    Route("orders.ship", "POST", "/orders/bench/ship{order}","302 302 403 403 403 403 302"),
    Route("resellers.list_all", "GET", "/resellers",         "302 200 403 403 403 403 403"),
    Route("discovered.list_all", "GET", "/devices/discovered", "302 200 200 200 200 403 403"),
    Route("activity.show", "GET", "/activity",               "302 200 200 200 200 403 403"),
    Route("phonebooks.own", "GET", "/phonebook",             "302 403 403 403 403 302 403"),
    Route("phonebooks.show", "GET", "/customers/{customer}/phonebook",
                                                             "302 200 200 200 404 200 403"),
    Route("phonebooks.add", "POST", "/customers/{customer}/phonebook",
                                                             "302 200 200 200 404 200 403"),
    Route("phonebooks.remove", "POST", "/customers/{customer}/phonebook/remove",
                                                             "302 302 302 302 404 302 403"),
    Route("phonebooks.import_file", "POST", "/customers/{customer}/phonebook/import",
                                                             "302 200 200 200 404 200 403"),
    Route("phonebooks.export", "GET", "/customers/{customer}/phonebook.csv",
                                                             "302 200 200 200 404 200 403"),
    Route("invoices.list_all", "GET", "/invoices",           "302 200 200 200 200 200 403"),
    Route("invoices.draft", "POST", "/invoices/draft",       "302 302 302 302 302 403 403"),
    Route("invoices.show", "GET", "/invoices/{invoice}",     "302 200 200 200 404 200 403"),
    Route("invoices.pdf", "GET", "/invoices/{invoice}/pdf",  "302 200 200 200 404 200 403"),
    Route("invoices.ubl", "GET", "/invoices/{invoice}/ubl",  "302 200 200 200 404 200 403"),
    Route("invoice_steps.ask_issue", "GET", "/invoices/{invoice}/issue",
                                                             "302 200 200 200 404 403 403"),
    Route("invoice_steps.issue", "POST", "/invoices/{invoice}/issue",
                                                             "302 200 200 200 404 403 403"),
    Route("invoice_steps.ask_issue_all", "GET", "/invoices/issue",
                                                             "302 200 200 200 200 403 403"),
    Route("invoice_steps.issue_all", "POST", "/invoices/issue",
                                                             "302 302 302 302 302 403 403"),
    Route("invoice_steps.ask_void", "GET", "/invoices/{invoice}/void",
                                                             "302 200 200 200 404 403 403"),
    Route("invoice_steps.void", "POST", "/invoices/{invoice}/void",
                                                             "302 200 200 200 404 403 403"),
    Route("invoice_steps.ask_credit", "GET", "/invoices/{invoice}/credit",
                                                             "302 200 200 200 404 403 403"),
    Route("invoice_steps.credit", "POST", "/invoices/{invoice}/credit",
                                                             "302 200 200 200 404 403 403"),
    Route("invoice_steps.send", "POST", "/invoices/{invoice}/send",
                                                             "302 302 302 302 404 403 403"),
    Route("invoice_steps.again", "POST", "/invoices/{invoice}/mails/0/again",
                                                             "302 404 404 404 404 403 403"),
    Route("payment_requests.list_all", "GET", "/payment-requests",
                                                             "302 200 200 200 200 200 403"),
    Route("payment_requests.show", "GET", "/payment-requests/{request}",
                                                             "302 200 200 200 404 200 403"),
    Route("payment_requests.pdf", "GET", "/payment-requests/{request}/pdf",
                                                             "302 200 200 200 404 200 403"),
    Route("payment_requests.code", "GET", "/payment-requests/{request}/code.png",
                                                             "302 200 200 200 404 200 403"),
    Route("payment_requests.renew", "POST", "/subscriptions/{subscription}/renewal",
                                                             "302 302 200 200 404 403 403"),
    Route("payment_requests.ask_advance", "POST", "/accounts/{customer}/advance",
                                                             "302 302 302 302 404 403 403"),
    Route("payment_requests.make_prepaid", "POST", "/subscriptions/{subscription}/prepaid",
                                                             "302 302 302 302 404 403 403"),
    Route("request_steps.ask_confirm", "GET", "/payment-requests/{request}/confirm",
                                                             "302 404 200 200 404 403 403"),
    Route("request_steps.confirm", "POST", "/payment-requests/{request}/confirm",
                                                             "302 404 200 200 404 403 403"),
    Route("request_steps.ask_withdraw", "GET", "/payment-requests/{request}/withdraw",
                                                             "302 404 200 200 404 403 403"),
    Route("request_steps.withdraw", "POST", "/payment-requests/{request}/withdraw",
                                                             "302 404 200 200 404 403 403"),
    Route("request_steps.send", "POST", "/payment-requests/{request}/send",
                                                             "302 404 302 302 404 403 403"),
    Route("request_steps.again", "POST", "/payment-requests/{request}/mails/0/again",
                                                             "302 404 404 404 404 403 403"),
    Route("billing_profiles.own", "GET", "/billing-profile", "302 302 302 302 302 403 403"),
    Route("billing_profiles.show", "GET", "/accounts/{reseller}/billing-profile",
                                                             "302 200 200 200 404 403 403"),
    Route("billing_profiles.save", "POST", "/accounts/{reseller}/billing-profile",
                                                             "302 302 302 302 404 403 403"),
    Route("billing_profiles.save_logo", "POST", "/accounts/{reseller}/logo",
                                                             "302 200 200 200 404 403 403"),
    Route("billing_profiles.add_rate", "POST", "/accounts/{reseller}/tax-rates",
                                                             "302 200 200 200 404 403 403"),
    Route("activity.again", "GET", "/activity/now",          "302 200 200 200 200 403 403"),
    Route("explaining.show", "GET", "/devices/{own}/explain", "302 200 200 200 404 403 403"),
    Route("phone_settings.own", "GET", "/settings",          "302 302 302 302 302 403 403"),
    Route("phone_settings.show", "GET", "/settings/site{site}", "302 200 200 200 404 403 403"),
    Route("phone_settings.edit", "GET", "/settings/site/edit{site}&key=time.zone",
                                                             "302 200 200 200 404 403 403"),
    Route("phone_settings.preview", "POST", "/settings/site/preview{site}",
                                                             "302 200 200 200 404 403 403"),
    Route("phone_settings.save", "POST", "/settings/site/save{site}",
                                                             "302 200 200 200 404 403 403"),
)  # fmt: skip

Visit = Callable[[str], Visitor]


@pytest.fixture(autouse=True)
def _quick_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing pages takes a second, and is tried elsewhere."""
    drawn = "provd.operations.invoice_papers.invoice_pdf"
    monkeypatch.setattr(drawn, lambda _, **__: b"%PDF-1.7\n")
    drawn = "provd.operations.request_papers.request_pdf"
    monkeypatch.setattr(drawn, lambda _, **__: b"%PDF-1.7\n")


def path_of(route: Route, house: House) -> str:
    """Looks up only what the path names: there are thousands of paths."""
    named = {name for _, name, _, _ in Formatter().parse(route.path) if name}
    if not named:
        return route.path
    alice = house.actor("alice")
    places: dict[str, Callable[[], object]] = {
        "own": lambda: OWN,
        "customer": lambda: house.operations.directory.customers(alice).items[0].account.id,
        "reseller": lambda: alice.account_id,
        "invoice": lambda: issued(house),
        "request": lambda: requested(house),
        "order": lambda: f"?order={quote(ORDER)}",
        "plan": lambda: house.operations.catalogue.plans(house.actor("root"))[0].plan.id,
        "subscription": lambda: house.operations.subscriptions.listed(alice)[-1].subscription.id,
        "slot": lambda: house.operations.leases.listed(alice)[0].slot.slot.id,
        "site": lambda: f"?of=%23{house.site_id('Lindenstrasse')}",
    }
    return route.path.format(**{name: places[name]() for name in named})


def test_the_table_names_every_route(app: Flask) -> None:
    served = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert served == {(route.endpoint, route.method) for route in ROUTES}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Tour:
    """What a visitor got from every address, and what nobody may be shown there."""

    secrets: list[str]
    answers: dict[Route, Answer]


_TOURS: dict[str, Tour] = {}


@pytest.fixture
def tour(name: str, visit: Visit, house: House) -> Tour:
    """That of the visitor with the name, made once for all tests."""
    if name not in _TOURS:
        _TOURS[name] = Tour(secrets_of(house), dict(asked(name, visit, house)))
    return _TOURS[name]


def asked(name: str, visit: Visit, house: House) -> Iterator[tuple[Route, Answer]]:
    visitor = visit(name)
    for route in ROUTES:
        path = path_of(route, house)
        answer = visitor.get(path) if route.method == "GET" else visitor.post(path)
        # A document or a logo is no text.
        text = answer.get_data().decode(errors="replace")
        yield route, Answer(answer.status_code, text)
        if route.endpoint == "account.sign_out":
            visitor = visit(name)


@pytest.mark.parametrize("name", VISITORS)
def test_every_role_gets_what_the_table_says(name: str, tour: Tour) -> None:
    wrong = [
        (route.method, route.path, route.expected[name], answer.status)
        for route, answer in tour.answers.items()
        if answer.status != route.expected[name]
    ]
    assert wrong == []


@pytest.mark.parametrize("name", VISITORS)
def test_no_page_holds_a_secret(name: str, tour: Tour) -> None:
    assert len(tour.answers) == len(ROUTES)
    for route, answer in tour.answers.items():
        if route.endpoint not in REVEALING:
            found = [secret for secret in tour.secrets if secret in answer.text]
            assert not found, (name, route.path, found)


def secrets_of(house: House) -> list[str]:
    placement = house.store.devices.placement(house.device(OWN).mac)
    assert placement is not None
    token = placement.enrolment.token.reveal()
    return [PASSWORD, *SIP_PASSWORDS, token, "argon2"]


@pytest.mark.parametrize("route", [one for one in ROUTES if one.method == "POST"])
def test_no_form_is_taken_without_its_token(route: Route, visit: Visit, house: House) -> None:
    visitor = visit("root")
    path = path_of(route, house)
    assert visitor.post(path, token="").status_code == 400
    assert visitor.post(path, token="wrong").status_code == 400
    assert visitor.get("/devices").status_code == 200, "still signed in"


def test_a_form_from_another_site_is_refused(visit: Visit) -> None:
    visitor = visit("alice")
    answer = visitor.post("/customers/new", {"name": "X"}, Referer="https://evil.example/")
    assert answer.status_code == 400


@pytest.mark.parametrize("mac", [FOREIGN, "nonsense", "new-", "ff:ff:ff:ff:ff:ff"])
def test_another_resellers_device_is_like_a_missing_one(mac: str, visit: Visit) -> None:
    alice = visit("alice")
    foreign, missing = alice.get(f"/devices/{mac}"), alice.get("/devices/805ec0abcdef")
    assert foreign.status_code == missing.status_code == 404
    assert text_of(foreign, "//html") == text_of(missing, "//html")
    assert foreign.headers["Content-Length"] == missing.headers["Content-Length"]


@pytest.mark.parametrize("suffix", ["/lines/1/password", "/enrolment"])
def test_another_resellers_device_is_not_to_be_acted_upon(suffix: str, visit: Visit) -> None:
    assert visit("alice").post(f"/devices/{FOREIGN}{suffix}").status_code == 404
    assert visit("charlie").post(f"/devices/{ORDERED}{suffix}").status_code == 404


def test_lists_show_nothing_of_another_reseller(visit: Visit) -> None:
    charlie = visit("charlie")
    for path in (
        *("/", "/devices", "/devices?search=805ec0", "/customers", "/charges", "/activity"),
        "/accounts",
    ):
        text = charlie.get(path).text
        for word in ("80:5e:c0:12:34", "Dental", "Northwind", "Lindenstrasse", "Reception"):
            assert word not in text, (path, word)


def test_a_helper_sees_what_the_owner_sees(visit: Visit) -> None:
    assert "Reception" in visit("bob").get("/devices").text


def test_a_view_without_declared_roles_stops_the_program(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from provd.portal.access import guard

    monkeypatch.setitem(app.view_functions, "forgotten", lambda: "all secrets")
    with pytest.raises(RuntimeError, match="forgotten"):
        guard(app)
