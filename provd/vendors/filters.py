"""What templates need beyond Jinja's own: the vendor's words, and the parts of URLs and hosts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provd.errors import RenderError
from provd.vendors.values import Fact


def word_filter(words: Mapping[str, Mapping[str, Fact]]) -> Callable[..., Fact]:
    """`{{ sip_transport | word("transport") }}`: the vendor's word for ours.

    Raises RenderError for a word that the table lacks, unless a default is given.
    """

    def word(value: object, table: str, default: Fact | None = None) -> Fact:
        found = words.get(table, {}).get(str(value), default)
        if found is None:
            raise RenderError(f"this vendor has no word for “{value}” (words: {table})")
        return found

    return word


def with_port(host: str, port: int | None) -> str:
    """host:port, with brackets around an IPv6 address (RFC 3986, 3.2.2); port 0 or None: none."""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def scheme(url: str) -> str:
    return url.partition("://")[0]


def without_scheme(url: str) -> str:
    return url.partition("://")[2]


FILTERS: dict[str, Callable[..., object]] = {
    "with_port": with_port,
    "scheme": scheme,
    "without_scheme": without_scheme,
}
