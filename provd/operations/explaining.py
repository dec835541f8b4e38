"""Why a phone is told what it is told: whence each value comes, and each line of its files."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from provd.devices.account import Role
from provd.devices.layers import Settings
from provd.devices.mac import Mac
from provd.devices.placement import Placement
from provd.devices.secret import Secret
from provd.devices.settings import RAW_PREFIX, setting
from provd.errors import InputError, MacError, NotFoundError, RenderError
from provd.operations.actor import Actor
from provd.operations.explanation import (
    Because,
    ExplainedFile,
    ExplainedLine,
    ExplainedValue,
    Explanation,
    LayerValue,
    Reach,
    as_text,
)
from provd.provisioning.boot_files import BootFile, boot_files
from provd.provisioning.files import Files
from provd.provisioning.firmware_policy import VERSION, Choice
from provd.store import Store
from provd.vendors.attributing import notes_of
from provd.vendors.capability import capability
from provd.vendors.encryption import KEY
from provd.vendors.masking import masked, shown
from provd.vendors.notes import Note, remarks
from provd.vendors.provenance import Traced, trace
from provd.vendors.registry import Registry
from provd.vendors.values import Phone
from provd.vendors.variants import Origin

log = structlog.get_logger()

LONGEST_WAIT = 10.0
"""Seconds for one's turn."""
MANAGERS = (Role.ADMIN, Role.RESELLER)
_SHELF = "the shelf, whose newest counts"


@dataclass(frozen=True, slots=True)
class _Traced:
    """`traced` None: it can't be made, because of `problem`."""

    file: BootFile
    traced: Traced | None
    problem: str = ""


class Explaining:
    """Secrets are not shown, but for an administrator who asks for them.

    Explaining renders a phone's files hundreds of times, so it is done for one phone at a time:
    phones are served by the same process.
    """

    def __init__(self, store: Store, registry: Registry, files: Files) -> None:
        self._turn = threading.Lock()
        self._store = store
        self._registry = registry
        self._files = files

    def explain(
        self,
        actor: Actor,
        mac: str,
        key: str = "",
        *,
        reveal: bool = False,
        patience: float = math.inf,
    ) -> Explanation:
        """With `key`, only that setting's value, and the lines that depend on it, without what else
        they depend on. After `patience` seconds of work nothing more is tried.

        Raises InputError while others are explained, NotFoundError outside of the actor's scope,
        SettingError for what is no setting, RenderError when a layer holds something that is none.
        """
        actor.must_be(Role.ADMIN) if reveal else actor.must_be(*MANAGERS)
        wanted = setting(key).key if key else ""
        placement = self._placement(actor, mac)
        real = self._files.phone(placement)
        phone = real if reveal else masked(real, placement.enrolment.token.reveal())
        if reveal:
            log.info("secrets_revealed", by=actor.name, mac=str(placement.device.mac))
        with self._turns():
            traces = self._traces(phone, real, wanted, patience)
            choice = self._files.firmware(placement)
            values = tuple(self._values(phone, traces, wanted, reveal, choice))
        files = tuple(_file(one, phone.settings, wanted) for one in traces)
        whole = all(one.traced.whole for one in traces if one.traced)
        return Explanation(placement.device.mac, phone.model.title, values, files, whole)

    @contextmanager
    def _turns(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=LONGEST_WAIT):
            raise InputError(
                "other phones are being explained just now", remedy="Try again shortly"
            )
        try:
            yield
        finally:
            self._turn.release()

    def rendered(self, actor: Actor, mac: str) -> list[tuple[str, bytes]]:
        """(path, content) of every file of the boot, as it would be served now. Raises RenderError
        when one can't be made."""
        actor.must_be(*MANAGERS)
        placement = self._placement(actor, mac)
        phone = self._files.phone(placement)
        log.info("files_rendered", by=actor.name, mac=str(placement.device.mac))
        return [
            (one.path, self._files.file(one.match, placement).content)
            for one in boot_files(self._registry, phone)
        ]

    def remarks(self, actor: Actor, mac: str) -> list[tuple[str, str]]:
        """(setting, clause) for each of the phone's settings that is not in its files as it is."""
        actor.must_be(*MANAGERS)
        phone = self._files.phone(self._placement(actor, mac))
        vendor = self._registry.vendor(phone.device.vendor)
        files = [one.match.file for one in boot_files(self._registry, phone)]
        noted = [file for file in files if vendor.render_noted(file, phone)[1]]
        return [
            (key, said)
            for key, _ in phone.settings.items()
            for said in remarks(
                note for file in noted for note in notes_of(vendor, file, phone, key)
            )
        ]

    def _placement(self, actor: Actor, text: str) -> Placement:
        try:
            device = self._store.devices.by_mac(Mac.parse(text), scope=actor.scope)
        except MacError:
            device = None
        placement = self._store.devices.placement(device.mac) if device else None
        if placement is None:
            raise NotFoundError("there is no such device", key="mac")
        return placement

    def _traces(self, phone: Phone, real: Phone, wanted: str, patience: float) -> list[_Traced]:
        """`real` decides whether a file can be made at all: a secret may be what hinders it."""
        files = boot_files(self._registry, phone)
        # The thread's own time: another's work is not this phone's fault.
        end = time.thread_time() + patience
        return [
            self._traced(one, phone, real, wanted, lambda: time.thread_time() > end)
            for one in files
        ]

    def _traced(
        self, one: BootFile, phone: Phone, real: Phone, wanted: str, enough: Callable[[], bool]
    ) -> _Traced:
        vendor = self._registry.vendor(phone.device.vendor)
        try:
            vendor.render(one.match.file, real)
            return _Traced(one, trace(vendor, one.match.file, phone, only=wanted, enough=enough))
        except RenderError as error:
            return _Traced(one, None, str(error))

    def _values(
        self, phone: Phone, traces: Sequence[_Traced], wanted: str, reveal: bool, choice: Choice
    ) -> Iterator[ExplainedValue]:
        if phone.settings.get(VERSION) is None and wanted in ("", VERSION):
            yield from _from_shelf(choice, bool(wanted), self._reach(phone, VERSION, traces))
        for key, value in phone.settings.items():
            if wanted and key != wanted:
                continue
            notes = self._notes(phone, traces, key)
            reach = self._reach(phone, key, traces)
            wordless = reach is Reach.NOWHERE and any(not one.said for one in notes)
            yield ExplainedValue(
                key,
                as_text(value, reveal=reveal),
                phone.settings.source(key),
                Reach.NO_WORD if wordless else reach,
                setting(key).doc,
                tuple(_overridden(phone.settings, key, reveal)) if wanted else (),
                () if wordless else (*remarks(notes), *_refused(key, choice)),
            )

    def _reach(self, phone: Phone, key: str, traces: Sequence[_Traced]) -> Reach:
        made = [one.traced for one in traces if one.traced]
        if any(origin.setting == key for traced in made for origin in traced.reaching):
            return Reach.FILES
        if key.startswith(RAW_PREFIX) and key.split(".")[1] != phone.device.vendor:
            return Reach.ANOTHER
        if not setting(key).for_phones:
            return Reach.ITSELF
        if len(made) < len(traces):
            return Reach.UNKNOWN
        vendor = self._registry.vendor(phone.device.vendor)
        if key == KEY and any(file.encryption(phone.model) for file in vendor.files):
            return Reach.FILES
        able = capability(vendor, phone, key, phone.settings.get(key)).reaches
        return Reach.IDLE if able else Reach.NOWHERE

    def _notes(self, phone: Phone, traces: Sequence[_Traced], key: str) -> list[Note]:
        vendor = self._registry.vendor(phone.device.vendor)
        noted = [one for one in traces if one.traced and one.traced.notes]
        return [note for one in noted for note in notes_of(vendor, one.file.match.file, phone, key)]


def _from_shelf(choice: Choice, wanted: bool, reach: Reach) -> Iterator[ExplainedValue]:
    """What firmware the phone is told of though no layer names one."""
    if choice.image is None and not wanted:
        return
    version = choice.image.version if choice.image else "none"
    why = () if choice.image else (choice.reason,)
    yield ExplainedValue(VERSION, version, _SHELF, reach, setting(VERSION).doc, (), why)


def _refused(key: str, choice: Choice) -> Iterator[str]:
    """Why this setting keeps the phone from any firmware."""
    if choice.key == key:
        yield f"the phone is told of no firmware: {choice.reason}"


def _overridden(settings: Settings, key: str, reveal: bool) -> Iterator[LayerValue]:
    holding = [layer for layer in settings.layers if key in layer.values]
    for layer in holding[-2::-1]:
        value = setting(key).check(layer.values[key])
        if isinstance(settings.get(key), Secret) and isinstance(value, str | int):
            value = Secret(str(value))  # what only the vendor's manifest calls a secret
        yield LayerValue(layer.name, "unset" if value is None else as_text(value, reveal=reveal))


def _file(one: _Traced, settings: Settings, wanted: str) -> ExplainedFile:
    lines = one.traced.lines if one.traced else ()
    return ExplainedFile(
        one.file.path,
        tuple(
            ExplainedLine(
                n,
                shown(line.text),
                tuple(_because(o, settings) for o in line.origins),
            )
            for n, line in enumerate(lines, start=1)
            if not wanted or any(origin.setting == wanted for origin in line.origins)
        ),
        one.problem,
    )


def _because(origin: Origin, settings: Settings) -> Because:
    layer = settings.source(origin.setting) if origin.setting else ""
    if origin.setting == VERSION and not layer:
        layer = _SHELF
    return Because(origin.name, layer, bool(origin.setting))
