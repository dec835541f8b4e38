"""Why a phone is told what it is told, as it is shown to people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.vendors.masking import shown


class Reach(StrEnum):
    """What becomes of a value; the words are for people."""

    FILES = "in its files"
    IDLE = "without effect beside its other settings"
    NOWHERE = "not supported by this model"
    NO_WORD = "no word for this value at this vendor"
    ITSELF = "for provd itself"
    ANOTHER = "another vendor's"
    UNKNOWN = "not known: its files can't be made"


@dataclass(frozen=True, slots=True)
class LayerValue:
    """What one layer says; `value` is text for people, without secrets."""

    layer: str
    value: str


@dataclass(frozen=True, slots=True)
class ExplainedValue:
    """A setting in force. `overridden` are the values of weaker layers, the strongest first;
    `remarks` tell what of the value is not in the files as it is, as clauses."""

    key: str
    value: str
    layer: str
    reach: Reach
    doc: str
    overridden: tuple[LayerValue, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """What a line depends on, and the layer it is from: empty where it is no setting's, or where
    the setting is set nowhere."""

    what: str
    layer: str
    is_setting: bool


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """`because` nothing: it is the template's own."""

    number: int
    text: str
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True)
class ExplainedFile:
    """`problem` says why it can't be made; then it has no lines."""

    path: str
    lines: tuple[ExplainedLine, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Unless it is `whole`, a line may depend on more than is told."""

    mac: Mac
    model: str
    values: tuple[ExplainedValue, ...]
    files: tuple[ExplainedFile, ...]
    whole: bool = True


def as_text(value: object, *, reveal: bool = False) -> str:
    """A setting's value as people write it; secrets as dots."""
    if isinstance(value, Secret):
        return value.reveal() if reveal else str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return " ".join(as_text(one, reveal=reveal) for one in value)
    return shown(str(value))
