"""What templates need beyond Jinja's own: the vendor's words, and the parts of URLs and hosts.

A value for which the vendor has no word is noted, so that it can be reported (provd.vendors.notes).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from provd.devices.secret import Secret
from provd.errors import RenderError
from provd.vendors.formats import plain
from provd.vendors.notes import note
from provd.vendors.patterns import separated
from provd.vendors.timezones import ZoneRule, alike, same_offset
from provd.vendors.tones import TONES, CountryTones
from provd.vendors.values import Fact

Words = Mapping[str, Mapping[str, Fact]]


class WordTables:
    """A vendor's `words`, as filters and as a test."""

    def __init__(self, tables: Words) -> None:
        self._tables = tables

    def word(self, value: object, table: str, default: Fact | None = None) -> Fact:
        """`{{ sip_transport | word("transport") }}`: the vendor's word for ours.

        Raises RenderError for a word that the table lacks, unless a default is given.
        """
        found = self._tables.get(table, {}).get(str(value))
        if found is not None:
            return found
        if default is None:
            raise RenderError(f"this vendor has no word for “{value}” (words: {table})")
        note(value, table)
        return default

    def known(self, value: object, table: str) -> bool:
        """`{% if tones_country is known("countries") %}`; false for what is not set."""
        if value is None:
            return False
        if str(value) in self._tables.get(table, {}):
            return True
        note(value, table)
        return False

    def in_words(self, values: Iterable[object] | None, table: str) -> list[Fact]:
        """`{{ codecs | in_words("codecs") | join(",") }}`: those that there are words for."""
        return [
            self._tables[table][str(value)] for value in values or () if self.known(value, table)
        ]

    def zone_word(self, zone: ZoneRule, table: str, *, by_offset: bool = False) -> Fact | None:
        """`{{ zone | zone_word("zones") }}`: of a table from IANA zones to the vendor's words, that
        of the zone, or of one whose clocks go alike, or have the same offset in winter where phones
        are told daylight saving besides; none, and noted, where there is none."""
        rows = self._tables.get(table, {})
        name = same_offset(zone, rows) if by_offset else alike(zone, rows)
        if name is None:
            note(zone.zone, table)
        return rows[name] if name else None

    def has(self, table: str) -> bool:
        return table in self._tables


def between(value: int, least: int, most: int) -> int:
    """The number, or the nearest that the phone takes: then it is noted."""
    used = min(max(value, least), most)
    if value != used:
        bound = "more" if value > used else "less"
        said = f"{value} is {bound} than this model's {used}; {used} is used"
        note(value, f"{least} to {most}", said)
    return used


def at_most(values: Iterable[object] | None, most: int) -> list[object]:
    """The first of those that are set, each once; the others are noted."""
    found = list(dict.fromkeys(value for value in values or () if value is not None))
    for value in found[most:]:
        note(value, f"at most {most}", f"{value} is left out: this model takes {most} of them")
    return found[:most]


def country_tones(country: str) -> CountryTones | None:
    """`{% set tones = tones_country | country_tones %}`: none, and noted, for a country whose tones
    provd does not know."""
    found = TONES.get(country)
    if found is None:
        note(country, "tones")
    return found


def own_time(mac: str, opens: int, closes: int | None) -> str:
    """`{{ mac | own_time(2, 5) }}`: the time of day, as 03:17, at which this phone comes, so that
    not all come at once: the MAC's end decides which minute between the two hours. One hour, where
    the window has no end."""
    hours = 1 if closes is None else (closes - opens) % 24 or 1
    minute = opens * 60 + int(mac[-4:], 16) % (hours * 60)
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def with_port(host: str, port: int | None) -> str:
    """host:port, with brackets around an IPv6 address (RFC 3986, 3.2.2); port 0 or None: none."""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port else shown


def without(value: str | Secret, characters: str) -> str | Secret:
    """The value itself, where none of the characters is in it: `{{ key.value | without(";") }}`,
    for places that the phone takes apart by them. Raises RenderError."""
    plain.without(value, characters)
    return value


def typed_in_digits(value: str | Secret) -> str | Secret | None:
    """`{% set code = web_admin_password | typed_in_digits if web_admin_password else none %}`: a
    password that users type on digits alone; none, and noted, where there is more in it."""
    if (value.reveal() if isinstance(value, Secret) else value).isdecimal():
        return value
    said = "a password that is typed at the phone is left out: it may have digits alone"
    note(value, "digits", said)
    return None


def doubled(value: str | Secret, character: str) -> str | Secret:
    """`{{ user | doubled("$") }}`: for places where the phone takes two of them for one."""
    if isinstance(value, Secret):
        return Secret(value.reveal().replace(character, 2 * character))
    return value.replace(character, 2 * character)


def in_lines(text: str) -> list[str]:
    """`{% for row in certificates_authority | in_lines %}`: the lines of a text that has several,
    each to be encoded by itself; what stands between them is the template's to say."""
    return text.splitlines()


def scheme(url: str) -> str:
    return url.partition("://")[0]


def without_scheme(url: str) -> str:
    return url.partition("://")[2]


def url_host(url: str) -> str:
    """Of an absolute URL, with its port where it has one."""
    return without_scheme(url).partition("/")[0]


def url_path(url: str) -> str:
    """Of an absolute URL, without a slash before and behind it."""
    return without_scheme(url).partition("/")[2].strip("/")


def url_folder(url: str) -> str:
    """Of an absolute URL, all up to its last slash, without it: where its file lies."""
    return url.rpartition("/")[0]


FILTERS: dict[str, Callable[..., object]] = {
    "at_most": at_most,
    "between": between,
    "country_tones": country_tones,
    "own_time": own_time,
    "with_port": with_port,
    "without": without,
    "typed_in_digits": typed_in_digits,
    "doubled": doubled,
    "in_lines": in_lines,
    "scheme": scheme,
    "without_scheme": without_scheme,
    "url_host": url_host,
    "url_path": url_path,
    "url_folder": url_folder,
    "separated": separated,
}
