"""`provd stage`: the bench at a terminal. Here the phones boot by themselves; with a daemon they
are simulated."""

from datetime import timedelta

from provd.devices.lifecycle import Place, State
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import ORDER, PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import all_files, device_of
from tests.operations.forms import rows

PHONES = ["64:16:7f:00:00:12", "80:5e:c0:00:00:11", "c0:74:ad:00:00:13"]
ALL = ("stage", ORDER, "--all", "--wait", "0")


def fetched(house: House, *macs: str) -> None:
    for mac in macs:
        at = START + timedelta(hours=2)
        house.parts.operations.boots.book(all_files(house.parts, mac, at, Place.BENCH))


def states(house: House) -> list[State]:
    return [device_of(house.parts, mac).state for mac in PHONES]


def test_a_whole_order_is_staged_and_shipped(run: Run, house: House) -> None:
    fetched(house, *PHONES)
    lines = printed(run(*ALL, "--ship")).splitlines()
    assert lines[0] == "Order HDP-1001"
    row = f"{PHONES[0]} Polycom VVX 450 10:00:00 UTC 127.0.0.2 staged"
    assert " ".join(lines[2].split()) == row
    assert lines[-2:] == ["3 of 3 staged", "Order HDP-1001 shipped: 3 phones"]
    assert states(house) == [State.SHIPPED] * 3


def test_again_it_says_so_and_changes_nothing(run: Run, house: House) -> None:
    fetched(house, *PHONES)
    run(*ALL)
    before = rows(house)
    assert printed(run(*ALL)).count("staged already") == 3
    assert rows(house) == before


def test_a_phone_that_has_not_fetched_is_told_with_what_to_do(run: Run, house: House) -> None:
    fetched(house, *PHONES[:2])
    result = run(*ALL, "--ship")
    assert result.exit_code == 1
    assert "Plug it into a bench port" in result.stdout
    assert "2 of 3 staged" in result.stdout
    assert "shipped" not in result.stdout
    assert states(house) == [State.STAGED, State.STAGED, State.REGISTERED]


def test_a_scanner_types_a_mac_a_line_and_an_empty_line_ends(run: Run, house: House) -> None:
    fetched(house, *PHONES)
    typed = f"MAC: 80-5E-C0-00-00-11\n80:5e:c0:00:00:11\n\n{PHONES[0]}\n"
    assert "1 of 1 staged" in printed(run("stage", ORDER, "--wait", "0", typed=typed))
    assert states(house) == [State.REGISTERED, State.STAGED, State.REGISTERED]


def test_a_wrong_phone_is_told_at_once_and_the_others_go_on(run: Run, house: House) -> None:
    fetched(house, *PHONES)
    result = run("stage", ORDER, PHONE, "4006381333931", PHONES[1], "--wait", "0")
    assert "1 of 1 staged" in printed(result)
    assert "does not belong to order HDP-1001. It is in no order" in result.stderr
    assert "“4006381333931” is not a MAC address" in result.stderr


def test_nothing_scanned_is_nothing_staged(run: Run) -> None:
    told = sentence(run("stage", ORDER, "--ship", typed="\n"))
    assert told == "order HDP-1001: no phone of this order was scanned"


def test_an_order_there_is_not_is_told_before_the_first_scan(run: Run) -> None:
    assert "there is no such order" in sentence(run("stage", "NO-SUCH", typed=f"{PHONES[0]}\n"))


def test_without_a_daemon_nothing_is_simulated(run: Run, house: House) -> None:
    assert "no daemon runs on" in sentence(run("stage", ORDER, "--all"))
    assert states(house) == [State.REGISTERED] * 3


def test_bench_fetches_and_staging_charge_nothing(run: Run, house: House) -> None:
    fetched(house, *PHONES)
    printed(run(*ALL, "--ship"))
    assert list(house.parts.store.books.charges()) == []
