"""Frozen values that cost little to make.

A frozen dataclass sets each of its fields through object.__setattr__, which takes five times as
long as an assignment: a fifth of all that a phone's request cost was that. Those that are made for
each request are frozen by the type checker, which refuses every assignment, and not once more while
it runs. All others are ordinary frozen dataclasses.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_Value = TypeVar("_Value")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[_Value]) -> type[_Value]:
    """A dataclass with slots that compares and hashes by its fields. Those that it inherits from,
    or that inherit from it, must be of the same making."""
    return dataclass(slots=True, unsafe_hash=True)(kind)
