"""Fetching files over HTTP and HTTPS, several on one connection as phones do."""

from __future__ import annotations

import http.client
import ssl
from pathlib import Path
from types import TracebackType

from provd.exchange import Transport
from provd.simulator.fetching import MOST_BYTES, Fetched, Patience, Seconds, why
from provd.simulator.target import Target

_PIECE = 64 * 1024
_REASONS = {404: "refused", 405: "refused", 503: "the server is busy"}


class WebClient:
    """One phone's HTTP client. `agent` is its User-Agent. Close it, or use it in `with`."""

    def __init__(
        self,
        *,
        agent: str,
        ca_file: Path | None,
        source_address: str | None,
        patience: Patience,
        clock: Seconds,
    ) -> None:
        self._agent = agent
        self._ca_file = ca_file
        self._source = (source_address, 0) if source_address else None
        self._patience = patience
        self._clock = clock
        self._connections: dict[tuple[Transport, str, int], http.client.HTTPConnection] = {}

    def __enter__(self) -> WebClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for connection in self._connections.values():
            connection.close()

    def fetch(self, target: Target) -> Fetched:
        """Never raises: whatever goes wrong becomes the reason."""
        try:
            return self._ask_again_if_closed(self._connection(target), target)
        except OSError as error:
            return Fetched("", reason=why(error))
        except http.client.HTTPException as error:
            return Fetched("", reason=f"that is not HTTP ({type(error).__name__})")

    def _connection(self, target: Target) -> http.client.HTTPConnection:
        key = (target.transport, target.host, target.port)
        if key not in self._connections:
            self._connections[key] = self._new_connection(target)
        return self._connections[key]

    def _new_connection(self, target: Target) -> http.client.HTTPConnection:
        where, silence, source = (target.host, target.port), self._patience.silence, self._source
        if target.transport is Transport.HTTP:
            return http.client.HTTPConnection(*where, timeout=silence, source_address=source)
        context = _trusting(self._ca_file)
        return http.client.HTTPSConnection(
            *where, timeout=silence, source_address=source, context=context
        )

    def _ask_again_if_closed(
        self, connection: http.client.HTTPConnection, target: Target
    ) -> Fetched:
        """A server may close a connection that waited; phones then open another."""
        was_open = connection.sock is not None
        try:
            return self._ask(connection, target)
        except (ConnectionError, http.client.BadStatusLine):
            connection.close()
            if not was_open:
                raise
            return self._ask(connection, target)
        except (OSError, http.client.HTTPException):
            connection.close()
            raise

    def _ask(self, connection: http.client.HTTPConnection, target: Target) -> Fetched:
        headers = {"User-Agent": self._agent, "Accept": "*/*"}
        connection.request("GET", target.encoded_path, headers=headers)
        response = connection.getresponse()
        size = response.length
        with response:  # read1 does not notice the end, and the connection would stay taken
            content, problem = self._body(response)
        if problem or size not in (None, len(content)):
            connection.close()
            problem = problem or "the answer broke off"
        elif response.status != http.client.OK:
            problem = _REASONS.get(response.status, response.reason.lower() or "refused")
        return Fetched(
            str(response.status), None if problem else content, len(content), size, problem
        )

    def _body(self, response: http.client.HTTPResponse) -> tuple[bytes, str]:
        """What came, and why it is not all."""
        deadline = self._clock() + self._patience.file
        content = bytearray()
        try:
            while piece := response.read1(_PIECE):
                content += piece
                if self._clock() > deadline:
                    return bytes(content), "the answer takes too long"
                if len(content) > MOST_BYTES:
                    return bytes(content), "the file is too large"
        except TimeoutError:
            return bytes(content), "the server fell silent"
        except (OSError, http.client.HTTPException):
            return bytes(content), "the answer broke off"
        return bytes(content), ""


def _trusting(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise OSError(error.errno, f"{ca_file} holds no certificates to trust") from error
