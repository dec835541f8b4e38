"""The lines of a phone in a YAML or JSON import file, one by one or a range by one statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from provd.devices.ranges import counted, numbers
from provd.devices.secret import Secret
from provd.devices.vocabulary import MOST_LINES
from provd.errors import InputError, SettingError
from provd.operations.forms import LineForm
from provd.operations.importing_schema import LineDocument

_LINE_TEXTS = ("user", "auth_user", "display_name", "label", "registrar", "voicemail")


def lines_of(given: Sequence[LineDocument]) -> tuple[list[tuple[int, LineForm]], list[InputError]]:
    """Each with the position of the statement that gives it."""
    found: list[tuple[int, LineForm]] = []
    problems: list[InputError] = []
    for at, one in enumerate(given):
        try:
            found += [(at, line) for line in _expanded(one, len(found))]
        except SettingError as error:
            key = f".lines.{at + 1}.{error.key}"
            problems.append(InputError(error.problem, key=key, remedy=error.remedy))
    return found, problems


def _expanded(one: LineDocument, before: int) -> Iterator[LineForm]:
    if not one.numbers:
        if one.passwords:
            raise SettingError("one line has one password", key="passwords", remedy="password: ...")
        yield _form(one, one.number or before + 1, one.password, texts=False)
        return
    if one.number is not None:
        raise SettingError("numbers are given as well", key="number", remedy="Take one away")
    wanted = numbers(one.numbers, MOST_LINES, key="numbers")
    passwords = one.passwords or [one.password] * len(wanted)
    if len(passwords) != len(wanted):
        raise SettingError(
            f"{len(passwords)} passwords are given for {len(wanted)} lines", key="passwords",
            remedy="Give one for each line, in their order",
        )  # fmt: skip
    for number, password in zip(wanted, passwords, strict=True):
        yield _form(one, number, password, texts=True)


def _form(one: LineDocument, number: int, password: str, *, texts: bool) -> LineForm:
    """`texts` may hold counters, in a range only."""
    given = {name: getattr(one, name) for name in _LINE_TEXTS}
    if texts:
        given = {name: counted(text, number, key=name) for name, text in given.items()}
    return LineForm(password=Secret(password), number=number, **given)
