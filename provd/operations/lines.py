"""The lines of a form, checked against the model."""

from __future__ import annotations

from collections.abc import Sequence

from provd.devices.device import Line
from provd.devices.settings import check_line
from provd.errors import InputError, SettingError
from provd.operations.forms import LineForm
from provd.vendors.values import Model


def checked_lines(forms: Sequence[LineForm], model: Model) -> tuple[Line, ...]:
    """Raises InputError; keys are `lines.1.user` and the like, counted from 1."""
    if not forms:
        raise InputError("a phone needs at least one line", key="lines.1.user")
    if len(forms) > model.lines:
        raise InputError(
            f"{model.title} has {model.lines} line{'s' if model.lines != 1 else ''}, "
            f"{len(forms)} were given",
            key=f"lines.{model.lines + 1}.user",
            remedy="Take a line away or choose a larger model",
        )
    return tuple(_line(number, form) for number, form in enumerate(forms, 1))


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
