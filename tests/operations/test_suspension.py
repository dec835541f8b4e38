"""An account is suspended and resumed within somebody's transaction, each once."""

from __future__ import annotations

from structlog.testing import capture_logs

from provd.billing.plan import StartsOn
from provd.billing.subscription import Cause, ChangeKind
from provd.operations.suspension import Suspension
from tests.conftest import PHONE, House
from tests.operations.conftest import START
from tests.operations.deliveries import device_of
from tests.operations.forms import plan_on_offer, registered
from tests.operations.steps import in_service, subscriptions, told

BALANCE = Cause("payment:1", "balance", START, "", "", 0, "")


def test_the_devices_to_be_told_are_returned_once(house: House) -> None:
    suspension, account = Suspension(house.parts.store), house.customer.account_id
    told = suspension.suspend(account, START, BALANCE)
    assert device_of(house.parts, PHONE).id in told
    assert suspension.suspend(account, START, BALANCE) == []
    assert suspension.resume(account, START, BALANCE) == told
    assert suspension.resume(account, START, BALANCE) == []


def test_it_comes_and_goes_with_the_callers_transaction(house: House) -> None:
    class UndoneError(Exception):
        pass

    store, account = house.parts.store, house.customer.account_id
    try:
        with store.transaction():
            Suspension(store).suspend(account, START, BALANCE)
            raise UndoneError
    except UndoneError:
        pass
    assert store.accounts.get(account).suspended_at is None


def test_a_cause_without_an_event_counts_each_time(house: House) -> None:
    suspension, store = Suspension(house.parts.store), house.parts.store
    in_service(house, START)
    account = house.customer.account_id
    nameless = Cause.by_person("", "balance", START, "booking")
    for _ in range(2):
        suspension.suspend(account, START, nameless)
        suspension.resume(account, START, nameless)
    [one] = subscriptions(house, device_of(house.parts, PHONE))
    assert told(one) == [ChangeKind.START] + [ChangeKind.SUSPEND, ChangeKind.RESUME] * 2
    assert store.accounts.get(account).suspended_at is None


def test_what_starts_while_the_account_is_suspended_rests_from_the_start(house: House) -> None:
    plan_id = plan_on_offer(house, StartsOn.REGISTERED)
    Suspension(house.parts.store).suspend(house.reseller.account_id, START, BALANCE)
    [one] = subscriptions(house, registered(house, plan_id=plan_id))
    assert told(one) == [ChangeKind.START, ChangeKind.SUSPEND]
    assert one.changes[0].cause == one.changes[1].cause
    assert one.changes[0].effective_at == one.changes[1].effective_at


def test_the_log_is_told_once_it_is_so(house: House) -> None:
    suspension, account = Suspension(house.parts.store), house.customer.account_id
    with capture_logs() as logs, house.parts.store.transaction():
        suspension.suspend(account, START, BALANCE)
        assert logs == []
    assert [one["event"] for one in logs] == ["account_suspended"]
