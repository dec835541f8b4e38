"""The `resync:` section of plugin.yaml: by which SIP NOTIFY phones are told to fetch their
configuration again, or to start anew.

    resync:
      - when: {family: [sep]}                  # columns of the models; the first that fits counts
        event: service-control
        content_type: text/plain
        body: "action=check-version\\n"
        reboot_event: service-control
        reboot_body: "action=reset\\n"
      - event: check-sync;reboot=false
        reboot_event: check-sync;reboot=true

Phones that take no NOTIFY have no row. How and to whom it is sent is no affair of the vendor's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from provd.vendors.values import Fact, Model, fits

_WORD = r"[A-Za-z0-9.!%*_+`'~-]{1,64}"
_EVENT = re.compile(rf'{_WORD}(;{_WORD}(=({_WORD}|"[A-Za-z0-9 .:/_-]*"))?)*')
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}(;\s?{_WORD}={_WORD})*")
_LONGEST = 4096


def _event(text: str) -> str:
    if text and not _EVENT.fullmatch(text):
        raise ValueError("write an event as in the header Event: check-sync;reboot=true")
    return text


def _media_type(text: str) -> str:
    if text and not _MEDIA_TYPE.fullmatch(text):
        raise ValueError("not a media type; write one as text/plain")
    return text


def _body(text: str) -> str:
    if re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text):
        raise ValueError("it holds a control character")
    return text


Event = Annotated[str, AfterValidator(_event)]
MediaType = Annotated[str, AfterValidator(_media_type)]
Body = Annotated[str, Field(max_length=_LONGEST), AfterValidator(_body)]


class ResyncRow(BaseModel):
    """What the phones of one family take. `event` makes them look for a new configuration,
    `reboot_event` makes them start anew; one of the two may be missing. `body`, of `content_type`,
    goes with both, `reboot_body` with the latter instead. `note` tells what must be set on the
    phone for it, or how sure it is. `when` limits the row to models: column -> words."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    when: dict[str, Annotated[list[Fact], Field(min_length=1)]] = {}
    event: Event = ""
    reboot_event: Event = ""
    content_type: MediaType = ""
    body: Body = ""
    reboot_body: Body = ""
    note: str = ""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if not self.event and not self.reboot_event:
            raise ValueError("give event, reboot_event or both; phones that take none have no row")
        if bool(self.content_type) != bool(self.body or self.reboot_body):
            raise ValueError("content_type and body belong together")
        return self


@dataclass(frozen=True, slots=True)
class Notice:
    """What a phone is sent: the value of Event, and a body of `content_type`, both of which may be
    empty."""

    event: str
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Notices:
    """What a model takes; each None where it knows no such thing."""

    resync: Notice | None = None
    reboot: Notice | None = None
    note: str = ""


def notices(rows: Sequence[ResyncRow], model: Model) -> Notices:
    """By the first row that is meant for the model; nothing where none is."""
    for row in rows:
        if fits(row.when, model):
            body = row.reboot_body or row.body
            return Notices(
                _notice(row.event, row.content_type, row.body),
                _notice(row.reboot_event, row.content_type, body),
                row.note,
            )
    return Notices()


def _notice(event: str, content_type: str, body: str) -> Notice | None:
    return Notice(event, content_type if body else "", body.encode()) if event else None
