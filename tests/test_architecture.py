"""Imports point down. The table is DESIGN's; it fails when it sees too little, so that moving the
code does not silence it."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = {"errors", "exchange", "devices"}

MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "frozen": set(),
    "compiled": set(),
    "exchange": {"frozen"},
    "devices": {"errors", "exchange"},
    "billing": {"errors", "devices"},
    "documents": {"errors", "devices", "billing"},
    "sip": set(),
    "vendors": DOMAIN,
    "provisioning": DOMAIN | {"vendors", "frozen"},
    "dhcp": {"errors", "devices", "vendors"},
    "crypto": {"errors", "devices"},
    "store": DOMAIN | {"billing", "provisioning"},
    "servers": {"errors", "exchange", "frozen"},
    "operations": DOMAIN
    | {"billing", "vendors", "provisioning", "crypto", "dhcp", "store", "simulator", "vitals"}
    | {"sip", "resync", "poe", "documents"},
    "portal": DOMAIN | {"billing", "operations", "provisioning", "health", "vitals"},
    "simulator": DOMAIN | {"vendors", "sip"},
    "resync": DOMAIN | {"sip", "vendors"},
    "poe": DOMAIN,
    "configuration_sources": {"errors"},
    "configuration_types": {"errors", "devices"},
    "configuration": {"errors", "devices", "configuration_sources", "configuration_types"},
    "configuration_file": {"configuration", "configuration_sources"},
    "redaction": {"errors", "devices"},
    "logs": {"redaction"},
    "jobs": {"errors", "provisioning"},
    "pnp": {"errors", "devices", "sip"},
    "addresses": {"errors", "devices", "configuration"},
    "certificates": {"errors", "configuration", "addresses", "crypto", "servers"},
    "health": set(),
    "process": set(),
    "vitals": {"exchange"},
    "tally": {"exchange", "vitals"},
    "answering": {"tally"},
    "process_vitals": {"answering", "jobs", "provisioning", "servers", "tally", "vitals"},
    "metrics": {"vitals"},
    "history": {"vitals"},
    "pruning": {"errors", "threads"},
    "smtp": {"errors", "configuration"},
    "repeating": {"errors", "threads"},
    "pulse": {"crypto", "health", "history", "vitals"},
    "monitoring": {"errors", "health", "metrics", "provisioning", "store", "vitals"},
    "guard": {"errors", "provisioning"},
    "keeping": {"errors", "provisioning"},
    "running": {"errors", "configuration", "simulator"},
    "handover": {"errors", "servers"},
    "threads": set(),
    "ticket_keys": {"errors", "certificates"},
}
"""What a layer may import of provd; what is in WIRING may import all."""

WIRING = {
    "app", "bookkeeping", "crew", "daemon", "listeners", "phones", "plug_and_play", "reloading",
    "serving", "standby", "worker", "chores", "whereabouts",
    "cli", "demonstration", "scenario", "welcome", "__main__", "__init__",
}  # fmt: skip

THIRD_PARTY: dict[str, set[str]] = {
    "errors": set(),
    "compiled": {"mypyc", "setuptools"},
    "exchange": set(),
    "devices": {"cryptography"},  # whether a setting is a certificate
    "billing": set(),
    "documents": {"fpdf", "segno", "lxml", "PIL"},
    "sip": {"twisted"},  # its codec for DNS messages
    "resync": set(),
    "poe": {"pysnmp"},
    "vendors": {"yaml", "jinja2", "markupsafe", "cryptography", "pydantic", "pydantic_core"},
    "provisioning": {"structlog", "werkzeug"},  # how a form is taken apart
    "crypto": {"cryptography", "argon2"},
    "store": {"peewee", "playhouse", "psycopg"},
    "servers": {"twisted", "zope", "cryptography", "OpenSSL", "httptools", "structlog", "cffi"},
    "operations": {"pydantic", "structlog"},
    "simulator": {"tftpy"},
    "dhcp": set(),
    "pnp": {"twisted", "structlog"},
}


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT / "provd").parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Dotted names that a module imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: import by full name"
            found.add(node.module or "")
    return found


MODULES = sorted((ROOT / "provd").rglob("*.py"))


@cache
def edges() -> list[tuple[Path, str]]:
    """Not when this file is read: each process of a parallel run reads all files."""
    return [(module, name) for module in MODULES for name in sorted(imports(module))]


def test_it_sees_the_code() -> None:
    ours = [edge for edge in edges() if edge[1].startswith("provd.")]
    assert len(MODULES) > 80
    assert len(ours) > 250
    assert {layer_of(module) for module in MODULES} == set(MAY_IMPORT) | WIRING


def test_every_layer_imports_only_what_lies_below_it() -> None:
    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module, name in edges()
        if name.startswith("provd.")
        and (layer := layer_of(module)) in MAY_IMPORT
        and name.split(".")[1] not in MAY_IMPORT[layer] | {layer}
    ]
    assert wrong == []


def test_the_domain_knows_no_framework() -> None:
    import sys

    wrong = [
        f"{module.relative_to(ROOT)} imports {name}"
        for module, name in edges()
        if (layer := layer_of(module)) in THIRD_PARTY
        and (top := name.split(".")[0]) not in sys.stdlib_module_names | {"provd"}
        and top not in THIRD_PARTY[layer]
    ]
    assert wrong == []


@pytest.mark.parametrize("plugin", sorted((ROOT / "plugins").glob("*/plugin.py")))
def test_a_plugin_imports_only_the_vendors_package(plugin: Path) -> None:
    ours = {name for name in imports(plugin) if name.startswith("provd")}
    assert all(name.startswith("provd.vendors") for name in ours), ours


def test_no_vendor_is_named_outside_its_folder() -> None:
    """As a word: an algorithm names nobody."""
    vendors = [folder.parent.name for folder in (ROOT / "plugins").glob("*/plugin.yaml")]
    assert len(vendors) >= 3
    names = re.compile(rf"[a-z0-9]*(?:{'|'.join(vendors)})[a-z0-9]*")
    named = [
        f"{path.relative_to(ROOT)} names {found}"
        for path in (ROOT / "provd").rglob("*")
        if path.suffix in {".py", ".html", ".js", ".css"}
        for found in sorted(set(names.findall(path.read_text().lower())) & set(vendors))
    ]
    assert named == []


def test_the_data_names_match() -> None:
    for manifest in (ROOT / "plugins").glob("*/plugin.yaml"):
        assert (manifest.parent / "README.md").is_file(), f"{manifest.parent} has no README.md"
        assert (manifest.parent / "tests" / "cases.yaml").is_file()
