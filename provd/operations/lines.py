"""The lines, keys and settings of a form, checked against the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from provd.devices.device import Line
from provd.devices.keys import KeyRange, Place, keys_of
from provd.devices.settings import check_line, setting
from provd.errors import InputError, SettingError
from provd.operations.forms import LineForm
from provd.vendors.values import Model
from provd.vendors.vendor import Vendor


def checked_lines(forms: Sequence[LineForm], model: Model) -> Iterator[Callable[[], Line]]:
    """A step for each line, which raises InputError; keys are `lines.1.user` and the like, counted
    from 1."""
    if not forms:
        yield partial(_wrong, "a phone needs at least one line", "lines.1.user", "")
    elif len(forms) > model.lines:
        yield partial(
            _wrong,
            f"{model.title} has {model.lines} line{'s' if model.lines != 1 else ''}, "
            f"{len(forms)} were given",
            f"lines.{model.lines + 1}.user",
            "Take a line away or choose a larger model",
        )
    else:
        seen: dict[int, int] = {}
        for place, form in enumerate(forms, 1):
            number = form.number or place
            if number > model.lines:
                problem = f"{model.title} has {model.lines} lines, no line {number}"
                yield partial(_wrong, problem, f"lines.{place}.number", "Take it away")
            elif seen.setdefault(number, place) != place:
                problem = f"line {number} is given already"
                yield partial(_wrong, problem, f"lines.{place}.number", "Take one away")
            else:
                yield partial(_line, place, number, form)


def checked_keys(ranges: Sequence[KeyRange], place: Place) -> Iterator[Callable[[], object]]:
    """A step for each statement, then one for all of them, which gives the keys. They raise
    InputError; keys are `keys.1.positions` and the like, counted from 1."""
    for number, one in enumerate(ranges, 1):
        yield partial(_keys, number, one, place)


def place_of(vendor: Vendor, model: Model) -> Place:
    """What the model takes of keys."""
    modules: Mapping[int, int] = dict.fromkeys(range(1, model.modules + 1), model.module_keys)
    return Place(model.title, {0: model.keys, **modules}, model.lines, vendor.key_kinds)


def checked_settings(
    settings: Mapping[str, object],
) -> Iterator[Callable[[], tuple[str, object]]]:
    """A step for each setting, which gives key and value or raises InputError."""
    return (partial(_setting, key, value) for key, value in settings.items())


def form_of(line: Line) -> LineForm:
    """The line as somebody would have typed it."""
    return LineForm(
        user=line.user,
        password=line.password,
        display_name=line.display_name,
        auth_user=line.auth_user,
        registrar=line.registrar,
        voicemail=line.voicemail,
        label=line.label,
        number=line.number,
    )


def _wrong(problem: str, key: str, remedy: str) -> Line:
    raise InputError(problem, key=key, remedy=remedy)


def _setting(key: str, value: object) -> tuple[str, object]:
    return key, setting(key).check(value)


def _keys(number: int, one: KeyRange, place: Place) -> None:
    try:
        keys_of([one], place)
    except SettingError as error:
        problem = f"{error.where}: {error.problem}" if error.where else error.problem
        raise InputError(problem, key=f"keys.{number}.{error.key}", remedy=error.remedy) from error


def _line(place: int, number: int, form: LineForm) -> Line:
    line = Line(
        number=number,
        user=form.user.strip(),
        password=form.password,
        auth_user=form.auth_user.strip(),
        display_name=form.display_name.strip(),
        registrar=form.registrar.strip(),
        voicemail=form.voicemail.strip(),
        label=form.label.strip(),
    )
    if not line.user:
        raise InputError("a line needs a SIP user", key=f"lines.{place}.user")
    if not line.password:
        raise InputError("a line needs a SIP password", key=f"lines.{place}.password")
    try:
        return check_line(line)
    except SettingError as error:
        raise InputError(
            error.problem, key=f"lines.{place}.{error.key}", remedy=error.remedy
        ) from error
