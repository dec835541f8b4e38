"""The form that registers a phone: what was typed, what of it must not go back into a page.

Passwords never return to the browser in clear. When a form must be shown again each password
travels as a sealed field beside an empty box ("kept; type to replace it").
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import InputError, MacError
from provd.operations import DeviceForm, LineForm
from provd.portal.fields import FORM, Problems, sentence
from provd.portal.sealing import SealedFields

MOST_LINES = 48
LINE_FIELDS = ("user", "password", "display_name", "auth_user", "registrar")
PLAIN_FIELDS = ("mac", "model", "site_id", "plan_id", "label", "profile", "order_reference")
_KEPT = "kept password"
_PENDING = "pending registration"


@dataclass(frozen=True, slots=True)
class TypedLine:
    """One line as typed."""

    user: str = ""
    password: Secret = field(default_factory=lambda: Secret(""))
    display_name: str = ""
    auth_user: str = ""
    registrar: str = ""

    @property
    def empty(self) -> bool:
        return not (self.user or self.password or self.display_name)


@dataclass(frozen=True, slots=True)
class TypedForm:
    """The whole form as typed: text, not yet checked. `model` is "vendor/model"."""

    mac: str = ""
    model: str = ""
    site_id: str = ""
    plan_id: str = ""
    label: str = ""
    profile: str = ""
    order_reference: str = ""
    lines: tuple[TypedLine, ...] = (TypedLine(),)

    def with_another_line(self) -> TypedForm:
        lines = (*self.lines, TypedLine()) if len(self.lines) < MOST_LINES else self.lines
        return dataclasses.replace(self, lines=lines)

    def without_line(self, number: int) -> TypedForm:
        """Drops the line with that number, counted from 1; the last one is only emptied."""
        lines = tuple(line for at, line in enumerate(self.lines, 1) if at != number)
        return dataclasses.replace(self, lines=lines or (TypedLine(),))


@dataclass(frozen=True, slots=True)
class Pending:
    """A form that was quoted and waits to be confirmed; `quoted` identifies the quote, so that
    nobody confirms other prices than the ones seen."""

    typed: TypedForm
    quoted: str


def read(form: Mapping[str, str], sealed: SealedFields, user: str) -> TypedForm:
    """What the browser sent, with kept passwords where no new one was typed."""
    count = min(MOST_LINES, max(1, _number(form.get("lines", "1")) or 1))
    plain = {name: form.get(name, "").strip() for name in PLAIN_FIELDS}
    lines = tuple(_read_line(form, number, sealed, user) for number in range(1, count + 1))
    return TypedForm(**plain, lines=lines)


def _read_line(form: Mapping[str, str], number: int, sealed: SealedFields, user: str) -> TypedLine:
    typed = {name: form.get(f"line-{number}-{name}", "") for name in LINE_FIELDS}
    password = typed.pop("password")
    if not password:
        kept = sealed.open(form.get(f"line-{number}-kept", ""), user=user, purpose=_KEPT)
        password = kept if isinstance(kept, str) else ""
    stripped = {name: value.strip() for name, value in typed.items()}
    return TypedLine(password=Secret(password), **stripped)


def kept_password(line: TypedLine, sealed: SealedFields, user: str) -> str:
    """The hidden field beside an empty password box; empty when there is none to keep."""
    if not line.password:
        return ""
    return sealed.seal(line.password.reveal(), user=user, purpose=_KEPT)


def seal_pending(pending: Pending, sealed: SealedFields, user: str) -> str:
    """The whole form, for the step from quote to registration."""
    plain = {name: getattr(pending.typed, name) for name in PLAIN_FIELDS}
    lines = [_line_as_text(line) for line in pending.typed.lines]
    value = {"form": plain, "lines": lines, "quoted": pending.quoted}
    return sealed.seal(value, user=user, purpose=_PENDING)


def open_pending(text: str, sealed: SealedFields, user: str) -> Pending | None:
    """None when it is too old, changed or somebody else's."""
    opened: Any = sealed.open(text, user=user, purpose=_PENDING)
    if opened is None:
        return None
    lines = (
        TypedLine(**{**line, "password": Secret(line["password"])}) for line in opened["lines"]
    )
    typed = TypedForm(**opened["form"], lines=tuple(lines))
    return Pending(typed, opened["quoted"])


def _line_as_text(line: TypedLine) -> dict[str, str]:
    text = {name: getattr(line, name) for name in LINE_FIELDS}
    return {**text, "password": line.password.reveal()}


def check(typed: TypedForm) -> Problems:
    """What can be told without asking the operations: what was left empty or misread.

    All at once: nobody likes to hear of the second error after mending the first.
    """
    problems = Problems()
    try:
        Mac.parse(typed.mac)
    except MacError as error:
        problems.add("mac", sentence(error))
    if "/" not in typed.model:
        problems.add("model", "Choose the model that is printed on the phone.")
    if not _number(typed.site_id):
        problems.add("site_id", "Choose the customer's site where the phone will stand.")
    for number, line in enumerate(typed.lines, 1):
        _check_line(number, line, problems)
    return problems


def _check_line(number: int, line: TypedLine, problems: Problems) -> None:
    if number > 1 and line.empty:
        return
    if not line.user:
        problems.add(f"line-{number}-user", "Give the SIP user, as your telephone system has it.")
    if not line.password:
        problems.add(f"line-{number}-password", "Give the SIP password, or let one be generated.")


def device_form(typed: TypedForm) -> DeviceForm:
    """For the operations; only for a form that passed `check`. Lines left empty are dropped."""
    vendor, _, model = typed.model.partition("/")
    return DeviceForm(
        mac=typed.mac,
        vendor=vendor,
        model=model,
        site_id=int(typed.site_id),
        plan_id=_number(typed.plan_id),
        lines=tuple(_line_form(line) for line in typed.lines if not line.empty),
        label=typed.label,
        profile=typed.profile,
        order_reference=typed.order_reference,
    )


def _line_form(line: TypedLine) -> LineForm:
    return LineForm(
        user=line.user,
        password=line.password,
        display_name=line.display_name,
        auth_user=line.auth_user,
        registrar=line.registrar,
    )


def place_of(error: InputError, typed: TypedForm) -> tuple[str, str]:
    """The field that an operation's error stands beside, and its sentence. The operations count
    the lines that were filled in, from 1: "lines.1.user"; vendor and model are one field here."""
    key = {"vendor": "model"}.get(error.key, error.key)
    found = re.fullmatch(r"lines\.(\d+)\.(\w+)", key)
    if found and found[2] in LINE_FIELDS:
        filled = [number for number, line in enumerate(typed.lines, 1) if not line.empty]
        number = filled[min(int(found[1]), len(filled)) - 1] if filled else 1
        return f"line-{number}-{found[2]}", sentence(error)
    return (key if key in PLAIN_FIELDS else FORM), sentence(error)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
