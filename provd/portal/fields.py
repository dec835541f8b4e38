"""What a form brought and what is wrong with it, field by field."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from flask import request
from markupsafe import Markup

from provd.devices.text import whole_number
from provd.errors import InputError, ProvdError

FORM = ""
"""The key of errors that belong to no single field."""


@dataclass(slots=True)
class Problems:
    """Sentences with their remedies by field name; truthy when there are any."""

    by_field: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, sentence: str) -> None:
        self.by_field.setdefault(name, []).append(sentence)

    def take(self, error: InputError, known: frozenset[str]) -> None:
        """Puts an operation's error beside its field, or over the form if there is no such."""
        self.add(error.key if error.key in known else FORM, sentence(error))

    def of(self, name: str) -> str:
        return " ".join(self.by_field.get(name, ()))

    def __bool__(self) -> bool:
        return bool(self.by_field)


def searched() -> str:
    """What the address asks a list for."""
    return request.args.get("search", "").strip()[:100]


def page_number() -> int:
    """Of a list, from 1; the first for nonsense."""
    return max(1, whole_number(request.args.get("page", ""), digits=6) or 1)


def day_or_none(text: str, key: str) -> date | None:
    """None for nothing at all. Raises InputError."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InputError(f"“{text[:20]}” is no day", key=key, remedy="Write 2026-11-22") from None


def described(name: str, hint: str, problems: Problems) -> Markup:
    """The attributes that tie a control to its hint and its error, for those who hear the page."""
    ids = [f"{name}-hint"] if hint else []
    invalid = Markup("")
    if problems.of(name):
        ids.append(f"{name}-error")
        invalid = Markup(' aria-invalid="true"')
    return invalid + (Markup(' aria-describedby="{}"').format(" ".join(ids)) if ids else "")


def sentence(error: ProvdError) -> str:
    """What is wrong and what to do, without the name of the field it stands beside."""
    if isinstance(error, InputError):
        text = f"{error.problem}. {error.remedy}" if error.remedy else error.problem
    else:
        text = str(error)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else text + "."
