"""From a request's target to a path (RFC 9112, 3.2), and from its Host to a name."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from provd.servers.paths import requested_path


def target_path(target: bytes) -> str | None:
    """The decoded path without query; None when it names no file of ours. Takes the absolute
    form too, as phones behind a configured proxy write it."""
    if target[:1] != b"/":
        _, scheme, rest = target.partition(b"://")
        if not scheme:
            return None
        target = b"/" + rest.partition(b"/")[2]
    path = target.partition(b"?")[0].partition(b"#")[0]
    return requested_path(unquote_to_bytes(path) if b"%" in path else path)


def host_name(host: str) -> str:
    """Without port, in lower case: `[::1]:8443` is `::1`."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
