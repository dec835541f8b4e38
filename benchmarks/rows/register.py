"""Registering phones in number, by the operation that the form uses: checked, rendered for trial,
with line, slot and subscription, each in a transaction of its own. There is no import yet.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.figures import Figures, Target
from benchmarks.installation import Handset, handset, opened
from benchmarks.rows.row import Row
from provd.devices.account import AccountKind, Role, Scope
from provd.devices.secret import Secret
from provd.operations import Actor, DeviceForm, LineForm, Operations

_BASE = 1 << 20


def _register(bench: Bench, _: str) -> Figures:
    made = bench.scratch(bench.installation)
    parts = opened(made.data)
    try:
        provider = parts.operations.setup.provider()
        assert provider is not None  # noqa: S101  every installation here has one
        reseller = parts.store.accounts.below(Scope(provider.id), AccountKind.RESELLER)[0]
        actor = Actor("benchmark", Role.RESELLER, reseller.id)
        done, began = 0, time.monotonic()
        for form in _forms(parts.operations, actor, bench.sizes.registrations):
            parts.operations.registration.register(actor, form)
            done += 1
            if time.monotonic() - began > bench.sizes.longest:
                bench.say(f"stopped after {done} of {bench.sizes.registrations}")
                break
        took = time.monotonic() - began
    finally:
        parts.close()
    whole = took / done * bench.sizes.registrations
    return {"registered": done, "took_s": took, "per_s": done / took, "whole_s": whole}


def _forms(operations: Operations, actor: Actor, count: int) -> Iterator[DeviceForm]:
    choices = operations.registration.choices(actor)
    for number in range(count):
        phone: Handset = handset(_BASE + number)
        line = LineForm(f"r{number}", Secret("not-a-password"), f"Desk {number}")
        yield DeviceForm(
            mac=str(phone.mac),
            vendor=phone.vendor,
            model=phone.model,
            site_id=choices.sites[number % len(choices.sites)].id,
            plan_id=choices.plans[0].id,
            lines=(line,),
            label=f"Desk {number}",
        )


ROWS = (
    Row(
        name="register",
        title="Registering 10,000 phones through the operation: s",
        measure=_register,
        columns=("registered", "took_s", "per_s", "whole_s"),
        targets=(Target("whole_s", 300, at_least=False),),
        most_rounds=1,
        note="no import exists yet; whole_s is the time for all, from those that were registered",
    ),
)
