"""No value can add a setting: every field and every text setting of every vendor, hostile.

Each case's phone is built twice: all of its fields holding a harmless mark, and all holding the
hostile text. What the phone reads differs in the marks alone. A text that the format can't express
is refused. The texts go past the checks at the entry on purpose: the encoders stand alone.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provd.devices.contact import Contact
from provd.devices.device import Key, Line
from provd.devices.kinds import Kind
from provd.devices.layers import Settings
from provd.devices.secret import Secret
from provd.devices.settings import LINE_FIELDS, VOCABULARY
from provd.errors import RenderError
from provd.vendors.cases import Case, phone_of, read_cases
from provd.vendors.formats import FORMATS
from provd.vendors.profiles import Profiles
from provd.vendors.registry import Registry
from provd.vendors.rendering import octets
from provd.vendors.values import FileKind, Phone
from provd.vendors.vendor import Vendor

ROOT = Path(__file__).parents[2]
REGISTRY = Registry.load(ROOT / "plugins", entry_points=False)
DEFAULT = Profiles.load(ROOT / "profiles").default
CASES = {
    f"{vendor.name}-{case.name}": (vendor, case)
    for vendor in REGISTRY.vendors
    for case in read_cases(vendor.folder)[0]
}

MARK = "zq9x"
HOSTILE = (
    'x" reg.9.address="evil', "x' a='b", "x: y",
    "</P35><P2>admin</P2><P35>", "<!-- ", "]]>", "&amp;", "%NULL%", "#!version:1.0.0.1", "x #y",
    "{{ 7 * 7 }}", "{% raw %}", "$MAC", "\\n", "=",
    " blank", "blank ", "[PHONE_MAC_ADDRESS]", "2001:db8::1", "::", ";", "//",
    '"', "'", "\\", '\\"', "[section]", "|", ",", "@", "a;b=c", "!x", "{mac}", "%s", "\u202e", "Ü",
)  # fmt: skip
CONTROL = ("x\naccount.2.enable = 1", "x\r\nP2 = a", "x\u2028y = 1", "x\x85y", "\ud800", "x\x00y")
RAW_NAMES = ("x.y", "P99999", "x", "X_Y", "x/y")
REWRITTEN = {
    "phonebook.url", "dial_plan.digit_map", "tones.country", "certificates.authority_url",
    "certificates.authority",
    "certificates.client_url", "certificates.client_key_url",
    "ldap.name_filter", "ldap.number_filter",
    *(key for key in VOCABULARY if key.startswith("action_url.")),
}  # fmt: skip
"""What templates take apart or write in the vendor's own form: the keys alone can be compared."""

Pairs = list[tuple[str, str]]


@pytest.fixture(autouse=True, scope="module")
def no_fingerprint() -> Iterator[None]:
    """A file's version follows from its content, and would tell the marked from the hostile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("provd.vendors.vendor.stamped", lambda content: content)
        yield


Words = dict[str, str]
"""Name of a field -> the text in it."""


def takes_a_text(key: str) -> bool:
    """Numbers, truth and choices have no hostile text: a type or a table of words bars it."""
    kind = VOCABULARY[key].kind
    return not kind.words and not any(
        accepts(kind, value) for value in (True, 5, 600, ["a"], ["1"])
    )


def accepts(kind: Kind, value: object) -> bool:
    try:
        kind.check(value)
    except ValueError:
        return False
    return True


TEXTS = sorted(
    key
    for key, row in VOCABULARY.items()
    if row.for_phones and takes_a_text(key) and key != "time.zone"
)


def fields_of(phone: Phone, vendor: Vendor, *, rewritten: bool) -> list[str]:
    """Those that are written as they are; or those that are rewritten on their way."""
    if rewritten:
        return [key for key in TEXTS if key in REWRITTEN] + ["provisioning_url"]
    lines = [f"line {line.number} {name}" for line in phone.device.lines for name in LINE_FIELDS]
    keys = [f"key {key.module} {key.position} {name}" for key in phone.device.keys
            for name in ("value", "label")]  # fmt: skip
    rest = ["contact name", "contact number", "device label", "raw"]
    return [*lines, *keys, *(key for key in TEXTS if key not in REWRITTEN), *rest]


def filled(phone: Phone, vendor: Vendor, words: Words) -> Phone:
    """The phone with a text in each of those fields."""

    def word(name: str, otherwise: str) -> str:
        return words.get(name, otherwise)

    def line(one: Line) -> Line:
        own = {
            name: Secret(words[place]) if name == "password" else words[place]
            for name in LINE_FIELDS
            if (place := f"line {one.number} {name}") in words
        }
        return dataclasses.replace(one, **own)  # type: ignore[arg-type]  # each keeps its type

    def key(one: Key) -> Key:
        place = f"key {one.module} {one.position}"
        return dataclasses.replace(
            one, value=word(f"{place} value", one.value), label=word(f"{place} label", one.label)
        )

    device = dataclasses.replace(
        phone.device,
        lines=tuple(map(line, phone.device.lines)),
        keys=tuple(map(key, phone.device.keys)),
        label=word("device label", ""),
    )
    values = dict(phone.settings.items())
    for name in TEXTS:
        if name in words:
            text = ("http://" if "URL" in VOCABULARY[name].kind.wanted else "") + words[name]
            values[name] = Secret(text) if VOCABULARY[name].secret else text
    if "raw" in words:
        values[f"raw.{vendor.name}.{raw_name(vendor)}"] = words["raw"]
    contact = Contact(word("contact name", "n"), (("work", word("contact number", "1")),))
    return dataclasses.replace(
        phone,
        device=device,
        settings=Settings(values, ()),
        contacts=(contact,),
        provisioning_url=f"https://{word('provisioning_url', 'p')}",
    )


def raw_name(vendor: Vendor) -> str:
    return next(name for name in RAW_NAMES if vendor.takes_raw(name))


def everything_read(vendor: Vendor, phone: Phone) -> Pairs:
    return [
        pair
        for file in own_files(vendor, phone)
        for pair in FORMATS[file.format].read(vendor.render(file, phone).decode(file.encoding))
    ]


def own_files(vendor: Vendor, phone: Phone) -> list[FileKind]:
    return [
        file
        for file in vendor.files
        if file.template and file.format and file.per_device and file.fits(phone.model)
    ]


def is_refused(vendor: Vendor, phone: Phone) -> bool:
    try:
        everything_read(vendor, phone)
    except RenderError:
        return True
    return False


@dataclasses.dataclass
class Target:
    """A case's phone under attack. Rendering is what takes the time: it remembers."""

    vendor: Vendor
    phone: Phone
    suspects: set[str] = dataclasses.field(default_factory=set)
    """The fields that have refused a text: another text is refused by much the same ones."""
    marked: dict[tuple[str, ...], Pairs] = dataclasses.field(default_factory=dict)

    def read(self, names: Sequence[str], text: str) -> Pairs:
        """Raises RenderError where one of the fields refuses the text."""
        words = dict.fromkeys(names, text)
        return everything_read(self.vendor, filled(self.phone, self.vendor, words))

    def expected(self, names: Sequence[str]) -> Pairs:
        if tuple(names) not in self.marked:
            self.marked[tuple(names)] = self.read(names, MARK)
        return self.marked[tuple(names)]

    def taken(self, names: Sequence[str], text: str) -> tuple[list[str], Pairs]:
        """The fields that take the text, the others refusing it, and what is then read."""
        try:
            return list(names), self.read(names, text)
        except RenderError:
            pass
        found = self._halved([name for name in names if name not in self.suspects], text)
        for suspect in [name for name in names if name in self.suspects]:
            found += self._halved([suspect], text, found)
        self.suspects.update(set(names) - set(found))
        takers = [name for name in names if name in found]
        return takers, self.read(takers, text)

    def _halved(self, names: Sequence[str], text: str, beside: Sequence[str] = ()) -> list[str]:
        """All at once if they take it, else halves. Some are written only where others, those
        `beside` them, are."""
        if not names:
            return []
        words = dict.fromkeys((*beside, *names), text)
        if not is_refused(self.vendor, filled(self.phone, self.vendor, words)):
            return list(names)
        if len(names) == 1:
            return []
        middle = len(names) // 2
        first = self._halved(names[:middle], text, beside)
        return first + self._halved(names[middle:], text, (*beside, *first))


@cache
def target(case: str) -> Target:
    vendor, row = CASES[case]
    return Target(vendor, phone_of(row, vendor, DEFAULT))


@cache
def built(case: str, *, rewritten: bool) -> tuple[Phone, tuple[str, ...]]:
    """A case's phone, and the fields of it that take a text at all."""
    aim = target(case)
    names = fields_of(aim.phone, aim.vendor, rewritten=rewritten)
    return aim.phone, tuple(aim.taken(names, MARK)[0])


def attack(case: str, text: str, *, rewritten: bool) -> None:
    vendor = CASES[case][0]
    phone, takers = built(case, rewritten=rewritten)
    names, found = target(case).taken(takers, text)
    expected = target(case).expected(names)
    if rewritten:  # the alternatives of a digit map may have an element each
        assert {key for key, _ in found} <= {key for key, _ in expected}
        return
    assert [key for key, _ in found] == [key for key, _ in expected]
    if keeps_its_letters(text, vendor, phone):
        words = forms(text)
        for (key, value), (_, marked) in zip(found, expected, strict=True):
            assert holds(value, marked, words), key


def holds(value: str, marked: str, words: Collection[str]) -> bool:
    """Whether each mark became one of the words: two fields may stand in one value."""
    if MARK not in marked:
        return value == marked
    either = "|".join(re.escape(word) for word in words)
    pattern = f"({either})".join(re.escape(part) for part in marked.split(MARK))
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def forms(text: str) -> set[str]:
    """As it is; an IPv6 address in brackets; doubled where a phone takes a $ for a macro; without
    the letters that an older encoding lacks."""
    encodings = ("utf-8", "iso-8859-1", "ascii")
    plain = {octets(text, encoding).decode(encoding) for encoding in encodings}
    return {form for one in plain for form in (one, f"[{one}]", one.replace("$", "$$"))}


def keeps_its_letters(text: str, vendor: Vendor, phone: Phone) -> bool:
    """False where an older encoding of one of the files takes their accents away."""
    encodings = {file.encoding for file in own_files(vendor, phone)}
    return all(text.encode(one, "ignore").decode(one) == text for one in encodings)


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_text_fills_its_place_only(case: str) -> None:
    for text in HOSTILE:
        attack(case, text, rewritten=False)


@pytest.mark.parametrize("case", CASES)
def test_a_hostile_text_that_is_rewritten_adds_no_key(case: str) -> None:
    for text in HOSTILE:
        attack(case, text, rewritten=True)


@pytest.mark.parametrize("case", {case.partition("-")[0]: case for case in CASES}.values())
def test_no_field_takes_a_second_line(case: str) -> None:
    vendor = CASES[case][0]
    phone, takers = built(case, rewritten=False)
    for name, text in zip(takers, cycle(CONTROL), strict=False):
        marked = everything_read(vendor, filled(phone, vendor, {name: MARK}))
        if any(MARK in value for _, value in marked):
            assert is_refused(vendor, filled(phone, vendor, {name: text})), name


@settings(max_examples=100, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]), min_size=1),
    case=st.sampled_from(sorted(CASES)),
)
def test_any_text_fills_its_place_only(text: str, case: str) -> None:
    attack(case, text, rewritten=False)


@pytest.mark.parametrize("name", ["a=b", "P2</P2>", 'x="1" y', "a\nb", "<", "1", "a: b", "a #"])
@pytest.mark.parametrize("vendor", REGISTRY.vendors, ids=lambda one: one.name)
def test_a_raw_parameter_s_name_can_not_hold_another(vendor: Vendor, name: str) -> None:
    assert not vendor.takes_raw(name)


def test_a_raw_parameter_of_such_a_name_is_refused() -> None:
    vendor, case = next(iter(CASES.values()))
    phone = phone_of(case, vendor, DEFAULT)
    values = {**dict(phone.settings.items()), f"raw.{vendor.name}.a=b": "x"}
    hostile = dataclasses.replace(phone, settings=Settings(values, ()))
    with pytest.raises(RenderError, match="no parameter has such a name"):
        everything_read(vendor, hostile)


@pytest.mark.parametrize("case", CASES)
def test_most_fields_take_a_text_and_show_it(case: str) -> None:
    """So that the tests above do not look at nothing."""
    vendor, _ = CASES[case]
    phone, takers = built(case, rewritten=False)
    assert {"line 1 user", "line 1 password", "raw"} <= set(takers)
    read = everything_read(vendor, filled(phone, vendor, dict.fromkeys(takers, MARK)))
    assert sum(MARK in value for _, value in read) >= 4


def test_a_value_that_goes_around_the_encoder_would_be_found(
    acme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = Vendor(acme)
    case = Case(name="one", model="Four", files=["device"])
    monkeypatch.setitem(CASES, "acme", (vendor, case))
    attack("acme", "a = b", rewritten=False)
    render: Callable[..., bytes] = Vendor.render

    def careless(self: Vendor, file: FileKind, phone: Phone) -> bytes:
        content = render(self, file, phone).decode()
        return re.sub("a = b", "a\nb = c", content).encode()

    monkeypatch.setattr(Vendor, "render", careless)
    with pytest.raises(AssertionError):
        attack("acme", "a = b", rewritten=False)


def test_the_texts_tried_are_most_of_the_vocabulary() -> None:
    assert {"sip.registrar", "web.admin_password", "syslog.server", "provisioning.user"} < set(
        TEXTS
    )
    assert {line.name for line in dataclasses.fields(Line)} == {"number", *LINE_FIELDS}
