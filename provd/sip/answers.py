"""Answers to requests that we got (RFC 3261, 8.2.6; RFC 3581)."""

from __future__ import annotations

from provd.sip.messages import Headers, Request, Response
from provd.sip.values import listed, main_value

_COPIED = ("from", "call-id", "cseq")


def answer(
    request: Request,
    status: int,
    reason: str,
    *,
    tag: str,
    source: tuple[str, int] | None = None,
    more: Headers = Headers(),  # noqa: B008  # it is frozen
    body: bytes = b"",
) -> Response:
    """To a request that came from `source` (host, port); `tag` is ours for To, of letters and
    digits. The answer belongs where the request came from: to `source`, whatever Via says."""
    rows: list[tuple[str, str]] = []
    for place, via in enumerate(listed(request.headers.all("Via"))):
        rows.append(("Via", _received(via, source) if source and not place else via))
    rows += [row for row in request.headers if row[0].lower() in _COPIED]
    to = request.headers.first("To")
    rows.append(("To", to if "tag" in main_value(to)[1] else f"{to};tag={tag}"))
    return Response(status, reason, Headers((*rows, *more)), body)


def _received(via: str, source: tuple[str, int]) -> str:
    """The first Via with where the request really came from."""
    main, own = main_value(via)
    kept = "".join(
        f";{name}={value}" if value else f";{name}"
        for name, value in own.items()
        if name not in ("received", "rport")
    )
    rport = f";rport={source[1]}" if "rport" in own else ""
    return f"{main}{kept};received={source[0]}{rport}"
