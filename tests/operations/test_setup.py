"""Setting up who sells what, on the demonstration and on nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from provd.app import Provd, build
from provd.billing.plan import FeeKind, Side
from provd.configuration_file import configuration_from
from provd.devices.account import AccountKind, Brand, Role
from provd.devices.secret import Secret
from provd.errors import ConflictError, InputError, MoneyError, SettingError
from provd.operations.setup import NewFee, generated_password, price
from tests.conftest import House
from tests.operations.conftest import Clock
from tests.operations.forms import rows

EURO = price("1.00", "EUR")
FEES = [NewFee(FeeKind.SETUP, "Setup", False, EURO, EURO)]


@pytest.fixture
def nothing(tmp_path: Path) -> Iterator[Provd]:
    parts = build(configuration_from({}, {"data": str(tmp_path / "nothing")}))
    yield parts
    parts.close()


def test_there_is_no_provider_at_first(nothing: Provd) -> None:
    assert nothing.operations.setup.provider() is None
    with pytest.raises(InputError, match=r"no provider yet.*provd setup"):
        nothing.operations.setup.create_reseller("Early Bird")


def test_a_provider_is_set_up_once(nothing: Provd) -> None:
    setup = nothing.operations.setup
    made = setup.create_provider(
        "Meridian", currency="CHF", time_zone="Europe/Zurich", settings={"sip.registrar": "sip.ch"}
    )
    assert setup.provider() == made
    assert (made.kind, made.settings) == (AccountKind.PROVIDER, {"sip.registrar": "sip.ch"})
    with pytest.raises(ConflictError, match="provider already"):
        setup.create_provider("Another", currency="CHF", time_zone="Europe/Zurich")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"name": " "}, InputError),
        ({"name": "two\nlines"}, InputError),
        ({"currency": "XXY"}, MoneyError),
        ({"time_zone": "Berlin"}, InputError),
        ({"settings": {"sip.registrar": "sip.example.net\nadmin=1"}}, SettingError),
        ({"settings": {"sip.registra": "sip.example.net"}}, SettingError),
    ],
)
def test_a_provider_that_can_not_be_is_refused(
    nothing: Provd, wrong: dict[str, str], error: type[Exception]
) -> None:
    right = {"name": "Meridian", "currency": "CHF", "time_zone": "Europe/Zurich"}
    with pytest.raises(error):
        nothing.operations.setup.create_provider(**(right | wrong))  # type: ignore[arg-type]
    assert nothing.operations.setup.provider() is None


def test_a_reseller_takes_currency_and_zone_of_the_provider(house: House) -> None:
    made = house.parts.operations.setup.create_reseller("Early Bird")
    assert (made.currency, made.time_zone, made.parent_id) == ("EUR", "Europe/Berlin", 1)
    other = house.parts.operations.setup.create_reseller(
        "Late Bird", currency="GBP", time_zone="Europe/London"
    )
    assert (other.currency, other.time_zone) == ("GBP", "Europe/London")


@pytest.mark.parametrize(
    ("name", "brand", "key"),
    [
        ("", None, "name"),
        ("bluebird TELEPHONY ", None, "name"),
        ("Jay", Brand("Jay", "red"), "colour"),
        ("Jay", Brand("Jay", "#12345"), "colour"),
        ("Jay", Brand("Jay", host="https://jay.example"), "host"),
        ("Jay", Brand("two\nlines"), "brand"),
    ],
)
def test_a_reseller_that_can_not_be_is_refused(
    house: House, name: str, brand: Brand | None, key: str
) -> None:
    before = rows(house)
    with pytest.raises(InputError) as refused:
        house.parts.operations.setup.create_reseller(name, brand=brand)
    assert refused.value.key == key
    assert rows(house) == before


def test_two_resellers_do_not_share_a_host(house: House) -> None:
    setup, brand = house.parts.operations.setup, Brand("Jay", host="jay.example")
    setup.create_reseller("Jay", brand=brand)
    with pytest.raises(ConflictError, match="host name"):
        setup.create_reseller("Magpie", brand=brand)


def test_a_user_gets_a_generated_password_that_works(house: House) -> None:
    setup, account = house.parts.operations.setup, house.reseller.account_id
    user, password = setup.create_user(account, " Bob ", Role.RESELLER)
    assert user.name == "Bob"
    assert house.parts.operations.sign_in.check("bob", password.reveal()) == user
    assert generated_password() != generated_password()


def test_a_new_password_replaces_the_old_one(house: House) -> None:
    setup, sign_in = house.parts.operations.setup, house.parts.operations.sign_in
    user, old = setup.create_user(house.reseller.account_id, "Bob", Role.RESELLER)
    new = setup.reset_password("BOB")
    assert sign_in.check("bob", old.reveal()) is None
    found = sign_in.check("bob", new.reveal())
    assert found is not None
    assert found.session_epoch == user.session_epoch + 1
    with pytest.raises(InputError, match="there is no user “eve”"):
        setup.reset_password("eve")


@pytest.mark.parametrize(
    ("name", "role", "password", "key"),
    [
        ("", Role.RESELLER, None, "name"),
        ("a\nb", Role.RESELLER, None, "name"),
        ("admin", Role.RESELLER, None, "name"),
        ("bob", Role.ADMIN, None, "role"),
        ("bob", Role.FULFILMENT, None, "role"),
        ("bob", Role.CUSTOMER, None, "role"),
        ("bob", Role.RESELLER, "too short", "password"),
    ],
)
def test_a_user_that_can_not_be_is_refused(
    house: House, name: str, role: Role, password: str | None, key: str
) -> None:
    given = Secret(password) if password else None
    with pytest.raises(InputError) as refused:
        house.parts.operations.setup.create_user(house.reseller.account_id, name, role, given)
    assert refused.value.key == key


def test_a_plan_has_a_price_for_each_fee_and_side(house: House) -> None:
    fee = NewFee(FeeKind.LEASE, "Lease", True, price("3.90", "EUR"), price("6.50", "EUR"))
    plan = house.parts.operations.setup.create_plan(1, " Lease ", [fee])
    assert plan.name == "Lease"
    prices = house.parts.store.books.price_list(plan.id)
    told = {side: str(prices.price(plan.fees[0].id, side, 1, date(2026, 8, 1))) for side in Side}
    assert told == {Side.WHOLESALE: "3.90 EUR", Side.RETAIL: "6.50 EUR"}


def test_a_plan_made_on_the_first_has_prices_where_it_is_still_the_last(
    house: House, clock: Clock
) -> None:
    clock.now = datetime(2026, 9, 1, 3, tzinfo=UTC)  # 31 August in Los Angeles
    plan = house.parts.operations.setup.create_plan(1, "Setup only", FEES)
    prices = house.parts.store.books.price_list(plan.id)
    assert prices.price(plan.fees[0].id, Side.RETAIL, 1, date(2026, 8, 31)) == EURO


@pytest.mark.parametrize("name", ["", "desk phone with LEASE", "two\nlines"])
def test_a_plans_name_is_one_line_and_new(house: House, name: str) -> None:
    before = rows(house)
    with pytest.raises(InputError) as refused:
        house.parts.operations.setup.create_plan(1, name, FEES)
    assert refused.value.key == "name"
    assert rows(house) == before


@pytest.mark.parametrize(("text", "amount"), [("12", "12.00"), (" 12.5 ", "12.50"), ("0", "0.00")])
def test_a_price_is_read_as_people_write_it(text: str, amount: str) -> None:
    assert str(price(text, "EUR")) == f"{amount} EUR"


@pytest.mark.parametrize(
    "text", ["", "12,50", "twelve", "-1", "12.345", "NaN", "-NaN", "Infinity", "1e40", "9" * 30]
)
def test_what_is_no_price_is_told(text: str) -> None:
    with pytest.raises(InputError) as refused:
        price(text, "EUR")
    assert refused.value.key == "price"


@pytest.mark.parametrize("text", ["12", "12.5", "12.50", " 0 ", "0012.30"])
def test_an_amount_is_written_as_people_do(text: str) -> None:
    assert price(text, "EUR").amount == Decimal(text.strip())


@pytest.mark.parametrize(
    ("text", "currency", "told"),
    [
        ("1e3", "EUR", "is no amount"),
        ("1_000", "EUR", "is no amount"),
        ("1 000", "EUR", "is no amount"),
        ("\u0661\u0662", "EUR", "is no amount"),
        ("+5", "EUR", "is no amount"),
        (".5", "EUR", "is no amount"),
        ("NaN", "EUR", "is no amount"),
        ("-5", "EUR", "not negative"),
        ("1.000", "EUR", "too many digits"),
        ("1.0", "JPY", "too many digits"),
        ("9" * 20, "EUR", "is too much"),
    ],
)
def test_what_could_mean_another_amount_is_none(text: str, currency: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        price(text, currency)


def test_what_is_no_currency_is_told_as_that() -> None:
    with pytest.raises(MoneyError, match="“EURO” is not a currency code"):
        price("1", "EURO")
