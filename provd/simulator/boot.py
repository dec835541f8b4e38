"""One boot, from the first request to what the phone would register."""

from __future__ import annotations

import time
from dataclasses import dataclass

from provd.devices.mac import Mac
from provd.devices.secret import Secret
from provd.errors import SimulationError
from provd.exchange import Transport
from provd.simulator import tftp
from provd.simulator.fetching import Fetched, Patience, Seconds
from provd.simulator.report import BootReport, StepResult
from provd.simulator.target import BootServer
from provd.simulator.web import WebClient
from provd.vendors.sending import opened
from provd.vendors.values import BootStep, Model, PhoneReading
from provd.vendors.vendor import Vendor


def boot(
    vendor: Vendor,
    model: Model,
    mac: Mac,
    server: BootServer,
    *,
    transport: Transport = Transport.HTTPS,
    source_address: str | None = None,
    file_key: Secret | None = None,
    patience: Patience | None = None,
    clock: Seconds = time.monotonic,
) -> BootReport:
    """Boots one phone and blocks until it is done or gives up.

    Raises nothing that the network or the server causes: that is told in the report. A phone that
    gets no answer at all gives up there. `source_address` is one of this machine's, `file_key` what
    the phone decrypts its files with.
    """
    patience = patience or Patience()
    web = WebClient(
        agent=vendor.agent(model, mac),
        ca_file=server.ca_file,
        source_address=source_address,
        patience=patience,
        clock=clock,
    )
    with web:
        line = _Line(server, transport, source_address, patience, clock, web)
        return _Boot(vendor, model, mac, line, clock(), file_key).run()


@dataclass(frozen=True, slots=True)
class _Line:
    """The phone's way to its server."""

    server: BootServer
    transport: Transport
    source_address: str | None
    patience: Patience
    clock: Seconds
    web: WebClient

    def fetch(self, step: BootStep) -> tuple[Transport, Fetched]:
        if step.method != "GET":
            return self.transport, Fetched("not sent", reason="the simulator uploads nothing")
        try:
            target = self.server.target(step.path, self.transport)
        except SimulationError as error:
            return self.transport, Fetched("not asked", reason=str(error))
        if target.transport is Transport.TFTP:
            got = tftp.fetch(
                target,
                source_address=self.source_address,
                patience=self.patience,
                clock=self.clock,
            )
            return target.transport, got
        return target.transport, self.web.fetch(target)


class _Boot:
    """The state of one boot."""

    def __init__(
        self,
        vendor: Vendor,
        model: Model,
        mac: Mac,
        line: _Line,
        began: float,
        file_key: Secret | None,
    ) -> None:
        self._vendor = vendor
        self._model = model
        self._mac = mac
        self._line = line
        self._began = began
        self._key = file_key.reveal() if file_key else ""
        self._steps: list[StepResult] = []
        self._contents: dict[str, bytes] = {}

    def run(self) -> BootReport:
        problem = self._walk()
        reading, unreadable = self._read()
        return BootReport(tuple(self._steps), reading, self._missing(), problem or unreadable)

    def _walk(self) -> str:
        """Fetches file after file; the result is why it ended early, or empty."""
        walk = self._vendor.walk(self._model, self._mac)
        try:
            step = next(walk)
            while True:
                got = self._fetch(step)
                if not got.is_answered:
                    return f"the phone gave up: {got.reason}"
                step = walk.send(self._opened(step, got.content))
        except StopIteration:
            return ""
        except (SimulationError, ValueError) as error:
            return f"the phone can't read {self._steps[-1].path}: {error}"

    def _opened(self, step: BootStep, content: bytes | None) -> bytes | None:
        """What the phone reads of it. Raises SimulationError where it has not the right key."""
        if content is not None:
            if step.file:
                content = opened(self._vendor.file(step.file), self._model, content, self._key)
            self._contents[step.path] = content
        return content

    def _fetch(self, step: BootStep) -> Fetched:
        started = self._line.clock()
        transport, got = self._line.fetch(step)
        self._steps.append(
            StepResult(
                at=started - self._began,
                duration=self._line.clock() - started,
                transport=transport,
                method=step.method,
                path=step.path,
                file=step.file,
                optional=step.optional,
                note=step.note,
                answer=got.answer,
                received=got.received,
                size=got.size,
                whole=got.content is not None,
                reason=got.reason,
            )
        )
        return got

    def _read(self) -> tuple[PhoneReading | None, str]:
        if not self._contents:
            return None, "no file came"
        try:
            return self._vendor.reading(self._contents, self._model), ""
        except (SimulationError, ValueError) as error:
            return None, f"the phone can't read what came: {error}"

    def _missing(self) -> tuple[str, ...]:
        """Paths of the full configuration's files that did not arrive whole."""
        files = [step.file for step in self._steps if step.whole and step.file]
        came = {self._vendor.file(name).counts_as for name in files}
        paths = self._vendor.paths(self._model, self._mac)
        needed = [kind for kind in self._vendor.required_kinds(self._model) if kind in paths]
        return tuple(paths[kind] for kind in needed if kind not in came)
