"""plugin.yaml: what a vendor's folder declares, checked before anything uses it.

Every error is a PluginError that names file, line, key and remedy.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from provd.errors import PluginError
from provd.vendors.dhcp import DhcpRow, UrlText
from provd.vendors.encryption import FORMS
from provd.vendors.formats import FORMATS
from provd.vendors.limits import LimitRow
from provd.vendors.resync import ResyncRow
from provd.vendors.values import Fact
from provd.vendors.yamlfile import Document, read_yaml

MANIFEST = "plugin.yaml"

_OUI_REMEDY = (
    'Write six hexadecimal digits in quotes, "001565": YAML reads them as a number without'
)


class _Strict(BaseModel):
    """Unknown keys are refused, and nothing is converted: an unquoted 001565 is no OUI."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _format(name: str) -> str:
    if name and name not in FORMATS:
        raise ValueError(f"there is no such format; choose one of: {', '.join(FORMATS)}")
    return name


def _form(name: str) -> str:
    if name not in FORMS:
        raise ValueError(f"there is no such form; choose one of: {', '.join(FORMS)}")
    return name


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


def _oui(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{6}", text):
        raise ValueError("an OUI has six lower-case hexadecimal digits")
    return text


def _subject_value(text: str) -> str:
    if text.count("{mac}") != 1 or re.search("[{}]", re.sub(r"\{(mac|word)\}", "", text)):
        raise ValueError("it needs {mac} once; besides it may hold {word}, and text as it is")
    return text


Format = Annotated[str, AfterValidator(_format)]
Regex = Annotated[str, AfterValidator(_regex)]
Oui = Annotated[str, AfterValidator(_oui)]
When = dict[str, Annotated[list[Fact], Field(min_length=1)]]
"""Column of the models -> what stands there in the rows that are meant."""


class UploadRow(_Strict):
    """A phone may send this file; `provd.vendors.values.UploadRule` explains the fields."""

    kilobytes: Annotated[int, Field(ge=1, le=2048)]
    read_back: bool = False


class EncryptionRow(_Strict):
    """How a file is encrypted for those models that have a key; `gzip`: packed before."""

    form: Annotated[str, AfterValidator(_form)]
    gzip: bool = False
    when: When = {}


class FileRow(_Strict):
    """One kind of file; `provd.vendors.values.FileKind` explains the fields."""

    path: str
    template: str | None = None
    media_type: str | None = None
    format: Format | None = None
    secret: bool = False
    completes_boot: bool = False
    optional: bool = False
    rank: int = 0
    note: str = ""
    upload: UploadRow | None = None
    same_as: str = ""
    when: When = {}
    encoding: Literal["utf-8", "iso-8859-1", "ascii"] = "utf-8"
    line_end: Literal["lf", "crlf"] = "lf"
    encryption: list[EncryptionRow] = []


class StepRow(_Strict):
    """One step of the boot: a kind of file. It is left out when one of `unless` came. With
    `follow`, the files that this one names are fetched after it (plugin.py: named_files). `when`
    names the models that take this step; a file's own `when` counts as well."""

    file: str
    method: Literal["GET", "PUT"] = "GET"
    unless: list[str] = []
    follow: bool = False
    when: When = {}


class ModelTable(_Strict):
    """Models as a table: `name` and `lines` are needed, `title`, `keys`, `modules`, `module_keys`
    (expansion modules, and the keys of each), `line_keys` (lines up to that number have keys on the
    phone that nobody programs) and `agent` (the model's own User-Agent) are known, other columns
    are the vendor's own."""

    columns: list[str]
    rows: list[list[Fact]]


class AccountRow(_Strict):
    """Where the phone reads a SIP account: names of parameters, `{n}` for the account's number,
    `{n:05}` for the same of five digits, `{n-1}` where phones count from 0.

    Without `port` the registrar may end in `:port`. `transport` may be a SIP URI's parameter there.
    An account exists when `enabled`, if given, is neither 0 nor off, and `user` is not empty. Where
    phones number their registrars, `server` tells an account's number, which stands for `{s}` in
    the other names. `transports` is the table of words that `transport` holds. `instead` are words
    in a registrar's place -> the parameter that holds it then. `proxy` is the outbound proxy, which
    may end in `:port` where there is no `proxy_port`. `also` holds names that only the templates
    use.
    """

    user: str
    password: str
    registrar: str
    auth_user: str = ""
    display_name: str = ""
    port: str = ""
    transport: str = ""
    transports: str = "transport"
    enabled: str = ""
    server: str = ""
    instead: dict[str, str] = {}
    proxy: str = ""
    proxy_port: str = ""
    also: dict[str, str] = {}


class SubjectRow(_Strict):
    """Where a MAC stands in a factory certificate's subject: `value` is the whole value of that
    attribute (CN, OU, L, ...; `any`: of exactly one attribute), with `{mac}` for its twelve digits
    and, if need be, `{word}` for letters and digits that may be any."""

    attribute: Annotated[str, Field(pattern=r"^(any|[A-Za-z]+|[0-9]+(\.[0-9]+)+)$")]
    value: Annotated[str, AfterValidator(_subject_value)]


class CertificateRow(_Strict):
    """The vendor's factory certificates: common names of the authorities that issue them, where
    the MAC stands, and subject values of certificates that many phones share."""

    issuers: Annotated[list[str], Field(min_length=1)]
    subjects: Annotated[list[SubjectRow], Field(min_length=1)]
    generic: list[str] = []


class Manifest(_Strict):
    """The whole file. `format` and `media_type` hold for files that do not say otherwise.

    `words` are tables from provd's words to the vendor's; `keys` (kinds of keys) and `transport`
    have a meaning here, the others for the templates. `limits` (provd.vendors.limits) tell what
    of a setting a family lacks that others have. `user_agents` have the named groups model,
    version and mac; `word` stands instead of model where a phone writes its model otherwise than
    the table and is known by that. `certificate` is left out where phones have
    none that tells their MAC; `dhcp` (provd.vendors.dhcp) where they learn nothing by DHCP;
    `resync` (provd.vendors.resync) where they take no SIP NOTIFY.
    `accounts` are tables of parameter names, of one row with `{n}` or of one row for each account.
    `precedence` tells which file wins where two set the same parameter. `reserved` values mean
    something to the phone wherever they stand. `agent` is a User-Agent as the vendor's phones send
    it, with `{model}` or another column of the models, `{mac}` (12 digits, `{MAC}` in capitals) and
    `{mac:colons}`: the phone simulator's. `settings` is the vendor's layer over
    profiles/default.yaml, `model_settings` those of single models (name -> settings) over it.
    `raw_parameters` are the vendor's own that people may let through, `raw_secrets` those that are
    secrets though their names (P2) do not tell it.
    """

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
    title: str
    ouis: list[Oui]
    user_agents: list[Regex]
    agent: str
    models: ModelTable
    files: dict[str, FileRow]
    boot: list[StepRow]
    format: Format
    media_type: str
    precedence: Literal["first", "last"] = "last"
    raw_parameters: Regex = "[A-Za-z0-9_.]+"
    raw_secrets: Regex = ""
    reserved: list[str] = []
    words: dict[str, dict[str, Fact]] = {}
    limits: list[LimitRow] = []
    accounts: dict[str, list[AccountRow]] = {}
    certificate: CertificateRow | None = None
    dhcp: list[DhcpRow] = []
    pnp: UrlText = "{url}"
    resync: list[ResyncRow] = []
    settings: dict[str, Any] = {}
    model_settings: dict[str, dict[str, Any]] = {}


def read_manifest(folder: Path) -> tuple[Manifest, Document]:
    """Raises PluginError for a missing or wrong plugin.yaml: the first thing that is wrong with it.

    What one key says of another is not looked at here (`provd.vendors.references`).
    """
    document = read_document(folder)
    manifest, wrong = validated(document)
    if manifest is None:
        raise wrong[0]
    return manifest, document


def read_document(folder: Path) -> Document:
    path = folder / MANIFEST
    if not path.is_file():
        raise PluginError(f"there is no {MANIFEST}", where=str(folder), remedy="Write one")
    return read_yaml(path, "/".join(path.parts[-3:]))


def validated(document: Document) -> tuple[Manifest | None, list[PluginError]]:
    """The manifest, or everything that is wrong with its keys."""
    try:
        return Manifest.model_validate(document.data), []
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        return None, [_plugin_error(one, document) for one in found]


def _plugin_error(found: ErrorDetails, document: Document) -> PluginError:
    location = found["loc"]
    key = ".".join(str(part) for part in location)
    message = found["msg"].removeprefix("Value error, ")
    remedy = ""
    if location[:1] == ("ouis",):
        remedy = _OUI_REMEDY
    elif found["type"] == "extra_forbidden":
        message, remedy = "there is no such key", "Look for a slip of the pen"
    elif found["type"] == "string_type":
        remedy = "Put the value in quotes"
    return PluginError(message, where=document.where(location), key=key, remedy=remedy)
