"""`provd setup`, `reseller`, `user`, `plan`: a business from nothing."""

import re

import pytest
from click.testing import Result

from provd.app import build
from provd.billing.period import Cycle, Interval, Timing
from provd.billing.plan import StartsOn
from provd.configuration_file import configuration_from
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import House
from tests.operations.forms import rows

BLUEBIRD = ("--account", "Bluebird Telephony")
RESELLER = ("--role", "reseller")
SETUP = ("setup", "Alpine Voice", "--currency", "chf", "--time-zone", "Europe/Zurich")


def password(result: Result) -> str:
    found = re.fullmatch(r"User \S+, password ([0-9a-f]{5}(?:-[0-9a-f]{5}){3})\n", result.stdout)
    assert found, result.output
    assert "shown this once" in result.stderr
    return found[1]


def test_a_business_is_built_from_nothing(run_empty: Run, tmp_path_factory: object) -> None:
    root = password(run_empty(*SETUP, "--registrar", "sip.alpine.example", "--admin", "root"))
    assert "Reseller Jura Telecom added" in printed(
        run_empty("reseller", "add", "Jura Telecom", "--host", "phones.jura.example")
    )
    bob = password(run_empty("user", "add", "bob", *RESELLER, "--account", "jura telecom"))
    plan = run_empty("plan", "add", "Leased phone", "--setup", "10/20", "--lease", "4.05/9")
    assert printed(plan) == "Plan Leased phone added.\n"
    users = printed(run_empty("user", "list"))
    assert re.findall(r"(\w+) +(\w+) +(\w+ \w+) +(yes|no)", users) == [
        ("bob", "reseller", "Jura Telecom", "yes"),
        ("root", "admin", "Alpine Voice", "yes"),
    ]
    assert root != bob
    assert "There are: none" in sentence(
        run_empty("device", "add", "805ec0000077", "yealink", "T46U", "--site", "x", "--user", "1",
                  "--password", "x")
    )  # fmt: skip


def test_what_was_set_up_is_enough_to_register_and_sign_in(run: Run, house: House) -> None:
    given = password(run("user", "add", "bob", *RESELLER, *BLUEBIRD))
    user = house.parts.operations.sign_in.check("bob", given)
    assert user is not None
    assert user.account_id == house.reseller.account_id
    new = password(run("user", "password", "BOB"))
    assert house.parts.operations.sign_in.check("bob", given) is None
    assert house.parts.operations.sign_in.check("bob", new) is not None


@pytest.mark.parametrize(
    "command",
    [
        ("device", "list"),
        ("bill", "export"),
        ("user", "list"),
        ("plan", "add", "X", "--setup", "1/2"),
        ("reseller", "add", "X"),
        ("stage", "A-1", "--all"),
    ],
    ids=" ".join,
)
def test_before_there_is_a_provider_the_remedy_is_named(
    run_empty: Run, command: tuple[str, ...]
) -> None:
    assert "provd setup NAME" in sentence(run_empty(*command))


def test_a_run_bills_nothing_before_there_is_anybody(run_empty: Run) -> None:
    assert "0 subscriptions" in printed(run_empty("bill", "run", "--until", "2027-01-01"))


def test_there_is_one_provider(run: Run) -> None:
    assert "there is a provider already" in sentence(run(*SETUP))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--currency", "XXY", "--time-zone", "UTC"), "XXY"),
        (("--currency", "EUR", "--time-zone", "Berlin"), "“Berlin” is not a time zone"),
        (("--currency", "EUR", "--time-zone", "UTC", "--registrar", "sip:a b"), "sip.registrar"),
        (("--currency", "EUR", "--time-zone", "UTC", "--admin", ""), "a user needs a name"),
    ],
)
def test_a_provider_that_can_not_be_leaves_nothing_behind(
    run_empty: Run, options: tuple[str, ...], told: str
) -> None:
    assert told in sentence(run_empty("setup", "Alpine Voice", *options))
    assert "no provider yet" in sentence(run_empty("user", "list"))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("reseller", "add", "bluebird telephony"), "there is a reseller “bluebird telephony”"),
        (("reseller", "add", "Jay", "--colour", "red"), "colour: “red” is not a colour"),
        (("reseller", "add", "Jay", "--currency", "XXY"), "XXY"),
        (("user", "add", "admin", "--role", "admin", "--account", "Meridian Carrier"), "is taken"),
        (("user", "add", "eve", "--role", "admin", *BLUEBIRD), "belongs to"),
        (("user", "add", "eve", "--role", "admin", "--account", "Meridian Carier"),
         "there is no account “Meridian Carier”. Did you mean “Meridian Carrier”?"),
        (("user", "password", "eve"), "there is no user “eve”"),
        (("plan", "add", "X"), "a plan needs a fee. Give --setup, --lease or both"),
        (("plan", "add", "X", "--setup", "12"), "setup: “12” is not two prices"),
        (("plan", "add", "X", "--setup", "1,50/2"), "“1,50” is no amount"),
        (("plan", "add", "X", "--setup", "nan/1"), "“nan” is no amount"),
        (("plan", "add", "X", "--lease", "-1/1"), "a price is not negative"),
        (("plan", "add", "X", "--lease", "1.005/1"), "too many digits"),
        (("plan", "add", "desk phone with lease", "--lease", "1/1"), "there is a plan"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_one_sentence(
    run: Run, house: House, command: tuple[str, ...], told: str
) -> None:
    before = rows(house)
    assert told in sentence(run(*command))
    assert rows(house) == before


def test_a_plan_takes_its_terms_as_they_are_shown(run: Run, house: House) -> None:
    printed(
        run(
            *("plan", "add", "Yearly", "--lease", "30/60", "--starts-on", "shipped"),
            *("--cycle", "anniversary", "--interval", "year", "--timing", "arrears"),
        )
    )
    plan = next(one for one in house.parts.store.books.plans() if one.name == "Yearly")
    assert (plan.starts_on, plan.cycle) == (StartsOn.SHIPPED, Cycle.ANNIVERSARY)
    assert (plan.interval, plan.timing) == (Interval.YEAR, Timing.ARREARS)


def test_a_reseller_is_told_how_to_get_its_first_user(run: Run) -> None:
    text = printed(run("reseller", "add", "Jay & Sons"))
    assert 'provd user add NAME --role reseller --account "Jay & Sons"' in text


def test_passwords_are_not_kept_in_clear(run: Run, house: House) -> None:
    given = password(run("user", "add", "bob", *RESELLER, *BLUEBIRD))
    house.parts.close()
    files = [path.read_bytes() for path in house.data.rglob("*") if path.is_file()]
    assert not any(given.encode() in content for content in files)


def test_set_up_data_opens_again(run_empty: Run, tmp_path: object) -> None:
    password(run_empty(*SETUP))
    parts = build(configuration_from({}, {"data": f"{tmp_path}/empty"}))
    provider = parts.operations.setup.provider()
    parts.close()
    assert provider is not None
    assert (provider.name, provider.currency) == ("Alpine Voice", "CHF")
