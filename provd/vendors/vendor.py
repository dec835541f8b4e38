"""One vendor: its folder, read once, and all that is asked of it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from provd.devices.layers import Layer, flatten
from provd.devices.mac import Mac
from provd.devices.settings import VOCABULARY, setting
from provd.errors import MacError, NotFoundError, PluginError, RenderError
from provd.exchange import ClientCertificate
from provd.vendors import variables
from provd.vendors.certificates import CertificateRule
from provd.vendors.dhcp import DhcpRow, fill
from provd.vendors.encryption import KEY
from provd.vendors.fingerprint import PLACEHOLDER, stamped
from provd.vendors.limits import Limits
from provd.vendors.manifest import FileRow, Manifest, read_manifest
from provd.vendors.models import model_key, read_models
from provd.vendors.notes import Note, noted
from provd.vendors.patterns import ModelIndex, PathPattern, mac_of, separated
from provd.vendors.reading import read_phone
from provd.vendors.references import reference_problems
from provd.vendors.rendering import Templates
from provd.vendors.resync import Notices, notices
from provd.vendors.values import (
    Encryption,
    FileKind,
    FileMatch,
    Identification,
    Model,
    Phone,
    PhoneReading,
    SharedPhone,
    UploadRule,
    fits,
)
from provd.vendors.walk import Walk, walk
from provd.vendors.way import Way
from provd.vendors.yamlfile import Document

_SHOWN = 6

PHONEBOOK = "phonebook"
FINGERPRINT = "fingerprint"
"""The kind of file that holds the customer's contacts, by the name that all vendors give it."""


class Vendor:
    """A vendor's folder. Everything in it is checked when it is read; PluginError says where."""

    def __init__(self, folder: Path) -> None:
        manifest, document = read_manifest(folder)
        for problem in reference_problems(manifest, folder, document):
            raise problem
        self.folder = folder
        self.name = manifest.name
        self.title = manifest.title
        self.ouis = frozenset(manifest.ouis)
        self._manifest = manifest
        self._models = read_models(manifest, document)
        self._files = {name: _file(name, row, manifest) for name, row in manifest.files.items()}
        self._patterns = [(PathPattern.compile(f.pattern), f) for f in self._files.values()]
        self._indices = {
            file.name: ModelIndex(pattern, self._models.values())
            for pattern, file in self._patterns
        }
        self._agents = [re.compile(pattern) for pattern in manifest.user_agents]
        self._layer = _layer(f"vendor {manifest.name}", manifest.settings, document, ("settings",))
        self._model_layers = self._read_layers(document)
        self._limits = Limits(manifest.limits, manifest.words.get("transport", {}))
        self._certificates = manifest.certificate and CertificateRule(manifest.certificate)
        self._templates = self._read_templates()
        self._plugin = _plugin(folder)

    @property
    def models(self) -> tuple[Model, ...]:
        return tuple(self._models.values())

    @property
    def files(self) -> tuple[FileKind, ...]:
        return tuple(self._files.values())

    def required_kinds(self, model: Model | None) -> tuple[str, ...]:
        """Names of the kinds of file that are together the model's full configuration."""
        return tuple(
            file.name
            for file in self.files
            if file.completes_boot and not file.same_as and file.fits(model)
        )

    def fits(self, file: FileKind, model: str) -> bool:
        """Whether it is a file of that model; of one that we do not know every file is."""
        known = self._models.get(model_key(model))
        return known is None or file.fits(known)

    @property
    def dhcp(self) -> tuple[DhcpRow, ...]:
        """What its phones read from DHCP, one row for each family."""
        return tuple(self._manifest.dhcp)

    def dhcp_of(self, model: Model) -> DhcpRow | None:
        """The first row for that model."""
        return next((row for row in self.dhcp if fits(row.when, model)), None)

    def pnp_url(self, way: Way) -> str:
        """What phones are told that ask by SIP multicast."""
        return fill(self._manifest.pnp, way.given())

    @property
    def has_accounts(self) -> bool:
        """Whether it is known where its phones read their accounts."""
        return bool(self._manifest.accounts)

    @property
    def key_kinds(self) -> tuple[str, ...]:
        """The kinds of programmable keys that the vendor's templates know."""
        return tuple(self._manifest.words.get("keys", {}))

    def looked_up(self, variable: str) -> tuple[str, ...]:
        """Our words, of all tables in which the templates look that variable up."""
        tables = sorted(self._templates.tables(variable))
        words = (word for table in tables for word in self._manifest.words.get(table, {}))
        return tuple(dict.fromkeys(words))

    @property
    def names_firmware(self) -> bool:
        """Whether phones are told an image's name, and fetch it where they fetch their files."""
        return "firmware_file" in self._templates.variables

    @property
    def unsupported_settings(self) -> tuple[str, ...]:
        """Settings that no template uses: told to whoever sets one, never dropped in silence."""
        used = self._templates.variables
        through = {key for name in used for key in variables.HELD_BY.get(name, ())}
        through |= {variables.HELD_AS.get(name, "") for name in self._templates.attributes}
        used |= through
        lacks = [row for row in VOCABULARY.values() if row.for_phones and row.variable not in used]
        if any(file.encryptions for file in self.files):
            lacks = [row for row in lacks if row.key != KEY]
        if not used & variables.FIRMWARE:
            lacks += [row for row in VOCABULARY.values() if row.key.startswith("firmware.")]
        return tuple(row.key for row in lacks)

    def compile(self) -> None:
        """All templates, so that no phone waits for it."""
        for file in self.files:
            if file.template is not None:
                self._templates.compile(file)

    def model(self, name: str) -> Model:
        """In any notation (T46U, t-46 u). Raises NotFoundError."""
        try:
            return self._models[model_key(name)]
        except KeyError:
            raise NotFoundError(
                f"{self.title} has no model “{name}”", key="model", remedy=self._similar(name)
            ) from None

    def layers(self, model: Model | None) -> list[Layer]:
        """The vendor's own layer and the model's, as far as they hold anything."""
        own = self._model_layers.get(model_key(model.name)) if model else None
        return [layer for layer in (self._layer, own) if layer and layer.values]

    def file(self, name: str) -> FileKind:
        """Raises NotFoundError."""
        try:
            return self._files[name]
        except KeyError:
            raise NotFoundError(f"{self.title} has no file “{name}”", key="file") from None

    def candidates(self, path: str) -> Iterator[FileMatch]:
        """What the path may mean to this vendor's phones: literal names before patterns."""
        for pattern, file in self._patterns:
            if (values := pattern.match(path)) is None:
                continue
            try:
                mac = mac_of(values)
            except MacError:
                continue
            index = self._indices[file.name]
            model = index.model(values)
            if index.columns and model is None:
                continue
            yield FileMatch(self.name, file, mac, model, values)

    def paths(self, model: Model, mac: Mac) -> dict[str, str]:
        """Kind of file -> the path by which this phone asks for it."""
        found = {
            file.name: pattern.path(mac, model)
            for pattern, file in self._patterns
            if file.fits(model)
        }
        return {name: path for name, path in found.items() if path is not None}

    def agent(self, model: Model, mac: Mac) -> str:
        """The User-Agent of such a phone."""
        text = str(model.facts.get("agent") or self._manifest.agent)
        for column, fact in {"model": model.name, **model.facts}.items():
            text = text.replace(f"{{{column}}}", str(fact))
        text = text.replace("{mac:colons}", str(mac)).replace("{mac}", mac.digits)
        text = text.replace("{MAC:dashes}", separated(mac.digits.upper(), "-"))
        return text.replace("{MAC}", mac.digits.upper())

    def boot_step(self, kind: str) -> int | None:
        """How far in the boot a phone asks for that kind of file, from 0; None: at any time."""
        kinds = [row.file for row in self._manifest.boot]
        return kinds.index(kind) if kind in kinds else None

    def identify(self, agent: str) -> Identification | None:
        """From the User-Agent alone."""
        for pattern in self._agents:
            if found := pattern.search(agent):
                parts = found.groupdict()
                token = parts.get("model") or parts.get("word") or ""
                known = self._models.get(model_key(token)) if parts.get("model") else None
                mac = re.sub("[^0-9a-f]", "", (parts.get("mac") or "").lower())
                return Identification(
                    self.name,
                    known.name if known else token,
                    parts.get("version") or "",
                    Mac(mac) if len(mac) == 12 else None,
                )
        return None

    def certificate_mac(self, certificate: ClientCertificate) -> Mac | None:
        """The MAC that a verified factory certificate of this vendor proves, None when none."""
        return self._certificates.mac(certificate) if self._certificates else None

    def render_noted(
        self, file: FileKind, phone: Phone | SharedPhone
    ) -> tuple[bytes, tuple[Note, ...]]:
        """The same as `render`, and what of the phone's values the vendor has no words for."""
        with noted() as notes:
            return self.render(file, phone), tuple(dict.fromkeys(notes))

    def render(self, file: FileKind, phone: Phone | SharedPhone) -> bytes:
        """The file's bytes for this phone. Raises RenderError; where a template is to blame it
        names the template's file and line."""
        return next(self.render_each([file], phone))

    def render_each(self, files: Iterable[FileKind], phone: Phone | SharedPhone) -> Iterator[bytes]:
        """One after the other as `render`, which works out what templates are told of the phone for
        each anew."""
        given = self._given(phone)
        for file in files:
            content = self._made(file, phone, given)
            yield stamped(content) if FINGERPRINT in self._templates.variables else content

    def unstamped(self, file: FileKind, phone: Phone | SharedPhone) -> bytes:
        """The same, with a word where the fingerprint of the file will be: of two such files only
        those lines differ that their values make differ."""
        return self._made(file, phone, self._given(phone))

    def _made(
        self, file: FileKind, phone: Phone | SharedPhone, given: Mapping[str, object]
    ) -> bytes:
        if file.template is None:
            raise RenderError(f"{self.title} has no template for {file.pattern}")
        if isinstance(phone, SharedPhone) and file.per_device:
            raise RenderError(f"{file.pattern} is made for one device")
        return self._templates.render(file, given)

    def _given(self, phone: Phone | SharedPhone) -> Mapping[str, object]:
        """What templates are told."""
        settings = self._limits.within(phone.settings, phone.model)
        if settings is not phone.settings:
            phone = replace(phone, settings=settings)
        if isinstance(phone, SharedPhone):
            given = variables.shared_variables(phone)
        else:
            kinds, book = frozenset(self.key_kinds), self._phonebook_path(phone)
            given = variables.phone_variables(phone, kinds, book)
            self._check_raw(phone.settings.raw(self.name))
        given[FINGERPRINT] = PLACEHOLDER
        given |= {"words": self._manifest.words, "accounts": self._manifest.accounts}
        return given

    def notices(self, model: Model) -> Notices:
        """By which SIP NOTIFY such a phone is told to fetch its configuration, or to reboot."""
        return notices(self._manifest.resync, model)

    def walk(self, model: Model, mac: Mac) -> Walk:
        """The boot of one phone; see provd.vendors.walk."""
        return walk(self._manifest.boot, self._files, self._named_files, model, mac)

    def reading(self, files: Mapping[str, bytes], model: Model | None = None) -> PhoneReading:
        """What a phone of that model makes of `files`: path -> content, in the order in which it
        fetched them."""
        found: list[tuple[FileKind, bytes]] = []
        for path, content in files.items():
            kinds = [match.file for match in self.candidates(path)]
            kinds = [kind for kind in kinds if model is None or kind.fits(model)]
            if kinds:
                found.append((kinds[0], content))
        return read_phone(found, self._manifest)

    def _phonebook_path(self, phone: Phone) -> str:
        """Of the file with the customer's contacts; empty where this phone has none."""
        if not phone.contacts:
            return ""
        return self.paths(phone.model, phone.device.mac).get(PHONEBOOK, "")

    def _named_files(self, content: bytes, model: Model, mac: str) -> Sequence[str]:
        return list(self._plugin.named_files(content, model, mac)) if self._plugin else ()

    def takes_raw(self, parameter: str) -> bool:
        """Whether the vendor's own parameters have such names."""
        return re.fullmatch(self._manifest.raw_parameters, parameter) is not None

    def is_secret(self, parameter: str) -> bool:
        """Whether the manifest says so of the vendor's own parameter."""
        return re.fullmatch(self._manifest.raw_secrets, parameter) is not None

    def _check_raw(self, raw: Mapping[str, object]) -> None:
        for parameter in raw:
            if not self.takes_raw(parameter):
                raise RenderError(f"raw.{self.name}.{parameter}: no parameter has such a name")

    def _similar(self, name: str) -> str:
        """A vendor may have a hundred models: those that look alike, the likeliest first."""
        near = get_close_matches(model_key(name), self._models, n=_SHOWN, cutoff=0.4)
        shown = [self._models[key].name for key in near or [*self._models][:_SHOWN]]
        more = "" if near or len(self._models) <= _SHOWN else " and others"
        return f"{'Did you mean' if near else 'There are'}: {', '.join(shown)}{more}"

    def _read_layers(self, document: Document) -> dict[str, Layer]:
        """By the model's key."""
        return {
            model_key(name): _layer(f"model {name}", values, document, ("model_settings", name))
            for name, values in self._manifest.model_settings.items()
        }

    def _read_templates(self) -> Templates:
        templates = Templates(self.folder, self._manifest.words, tuple(self._manifest.reserved))
        for problem in templates.problems(variables.names(self._manifest.models.columns)):
            raise problem
        return templates


def _layer(
    name: str, nested: Mapping[str, object], document: Document, place: tuple[str, ...]
) -> Layer:
    """Checked here, so that a wrong value stops the start and not a phone."""
    values = flatten(nested)
    for key, value in values.items():
        where = document.where((*place, *key.split(".")))
        setting(key, where=where).check(value, where=where)
    return Layer(name, values)


def _file(name: str, row: FileRow, manifest: Manifest) -> FileKind:
    return FileKind(
        name=name,
        pattern=row.path,
        template=row.template,
        media_type=row.media_type or manifest.media_type,
        format=manifest.format if row.format is None else row.format,
        secret=row.secret,
        completes_boot=(manifest.files[row.same_as] if row.same_as else row).completes_boot,
        optional=row.optional,
        rank=row.rank,
        note=row.note,
        upload=_upload(row),
        same_as=row.same_as,
        when={column: tuple(words) for column, words in row.when.items()},
        encoding=row.encoding,
        line_end="\r\n" if row.line_end == "crlf" else "\n",
        encryptions=tuple(Encryption(one.form, one.gzip, one.when) for one in row.encryption),
    )


def _upload(row: FileRow) -> UploadRule | None:
    if row.upload is None:
        return None
    return UploadRule(row.upload.kilobytes << 10, row.upload.read_back)


def _plugin(folder: Path) -> ModuleType | None:
    """The vendor's plugin.py, imported under a name of its own."""
    path = folder / "plugin.py"
    if not path.is_file():
        return None
    spec = importlib.util.spec_from_file_location(f"provd_plugin_{folder.name}", path)
    if spec is None or spec.loader is None:
        raise PluginError("can't be imported", where=str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
