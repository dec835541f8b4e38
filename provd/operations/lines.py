"""The lines and settings of a form, checked against the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from provd.devices.device import Line
from provd.devices.settings import check_line, setting
from provd.errors import InputError, SettingError
from provd.operations.forms import LineForm
from provd.vendors.values import Model


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
        yield from (partial(_line, number, form) for number, form in enumerate(forms, 1))


def checked_settings(
    settings: Mapping[str, object],
) -> Iterator[Callable[[], tuple[str, object]]]:
    """A step for each setting, which gives key and value or raises InputError."""
    return (partial(_setting, key, value) for key, value in settings.items())


def _wrong(problem: str, key: str, remedy: str) -> Line:
    raise InputError(problem, key=key, remedy=remedy)


def _setting(key: str, value: object) -> tuple[str, object]:
    return key, setting(key).check(value)


def _line(number: int, form: LineForm) -> Line:
    line = Line(
        number=number,
        user=form.user.strip(),
        password=form.password,
        auth_user=form.auth_user.strip(),
        display_name=form.display_name.strip(),
        registrar=form.registrar.strip(),
        voicemail=form.voicemail.strip(),
    )
    if not line.user:
        raise InputError("a line needs a SIP user", key=f"lines.{number}.user")
    if not line.password:
        raise InputError("a line needs a SIP password", key=f"lines.{number}.password")
    try:
        return check_line(line)
    except SettingError as error:
        raise InputError(
            error.problem, key=f"lines.{number}.{error.key}", remedy=error.remedy
        ) from error
