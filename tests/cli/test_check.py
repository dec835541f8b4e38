"""`provd check` names what is wrong, and changes nothing."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from provd import compiled
from provd.addresses import certificate_names
from provd.app import now
from provd.crypto.authority import Authority
from provd.provisioning.journal import JournalEntry
from provd.provisioning.spool_lines import to_line
from provd.provisioning.spools import adopt, own_spool
from tests.cli.conftest import Run, printed
from tests.conftest import PHONE, House
from tests.operations import invoices
from tests.operations.deliveries import delivery
from tests.provisioning.test_spool import ENTRY
from tests.servers.certificates import ec_key, signed, write

STEPS = 14


@pytest.fixture(autouse=True)
def _any_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROVD_LISTEN__PORT_BASE", "0")
    monkeypatch.setenv("PROVD_LISTEN__PUBLIC_URL", "https://phones.example.net/")


@pytest.fixture(autouse=True)
def _compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "unusable", lambda _: "")


def found(result: Result, level: str) -> list[str]:
    """What is said at that level, and nothing else of it."""
    expected = 1 if "problem  " in result.stdout else 0
    assert result.exit_code == expected, result.output
    lines = result.stdout.splitlines()
    return [line.split(maxsplit=1)[1] for line in lines if line.split()[0] == level]


def certificates(house: House, at: datetime) -> None:
    names = certificate_names(house.parts.configuration)
    Authority(house.data / "tls").certificates([*names, "phones.example.net"], at)


def test_a_sound_installation_passes(run: Run, house: House) -> None:
    certificates(house, now())
    lines = printed(run("check")).splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * STEPS
    assert "Yealink" in lines[0]
    assert "call-centre" in lines[1]


def test_where_nobody_has_started_anything_it_makes_nothing(run_empty: Run, tmp_path: Path) -> None:
    assert "does not exist yet" in printed(run_empty("check"))
    assert not (tmp_path / "empty").exists()


def test_a_missing_database_stays_missing(run: Run, house: House) -> None:
    house.parts.close()
    for file in house.data.glob("*.sqlite*"):
        file.unlink()
    [said] = found(run("check"), "problem")
    assert "provd.sqlite is missing. Restore it from" in said
    assert list(house.data.glob("*.sqlite")) == []


@pytest.mark.parametrize("name", ["provd.sqlite", "sealing.key", "tls/ca.key"])
def test_files_that_others_may_read_are_named(name: str, run: Run, house: House) -> None:
    certificates(house, now())
    (house.data / name).chmod(0o644)
    said = found(run("check"), "problem")[0]
    assert said.startswith(f"data folder: others may read {name}. Run: chmod 600")


def test_a_folder_that_others_may_write_to_is_named(run: Run, house: House) -> None:
    house.data.chmod(0o777)
    [said] = found(run("check"), "problem")
    assert f"chmod go-w {house.data}" in said


def test_another_key_is_named(run: Run, house: House) -> None:
    key = house.data / "sealing.key"
    key.write_bytes(bytes(reversed(key.read_bytes())))
    [said] = found(run("check"), "problem")
    assert said.startswith("database:")


def test_each_vendor_that_can_not_be_read_is_named_and_the_rest_checked(
    run: Run, house: House
) -> None:
    plugins = house.data / "plugins"
    for name in ("acme", "bcme"):
        (plugins / name).mkdir(parents=True)
        (plugins / name / "plugin.yaml").write_text("name: other\ncolor: red\n")
    (house.data / "provd.yaml").write_text(f"plugins: {plugins}\n")
    result = run("check")
    told = found(result, "problem")
    for name in ("acme", "bcme"):
        assert any(f"{name}/plugin.yaml" in one and "title" in one for one in told)
        assert any(f"{name}/plugin.yaml line 2" in one and "color" in one for one in told)
    assert len(found(result, "ok")) == STEPS - 3  # the bench is empty now, which is a hint


def test_to_run_from_source_is_a_hint_that_says_why(
    run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates(house, now())
    monkeypatch.setattr(compiled, "unusable", lambda _: "not compiled: scripts/compile does it")
    [said] = found(run("check"), "hint")
    assert said == (
        "compiled: phones are served from source, at a higher cost: "
        "not compiled: scripts/compile does it"
    )


def test_certificates_from_elsewhere_are_told_with_their_hosts_and_their_end(
    run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(UTC)  # of which the certificates are made
    monkeypatch.setattr("provd.cli.check.now", lambda: today + timedelta(hours=1))
    certificates(house, today)
    authority = signed("Public authority", ec_key())
    folder = house.data / "certificates"
    folder.mkdir()
    for name in ("a.example", "*.b.example", "phones.example.net"):
        write(folder, name.strip("*."), signed(name, ec_key(), authority, name, days=90))
    assert "ok       host certificates: *.b.example, a.example, phones.example.net" in printed(
        run("check")
    )
    write(folder, "short", signed("c.example", ec_key(), authority, "c.example", days=13))
    write(folder, "past", signed("d.example", ec_key(), authority, "d.example", days=0))
    write(folder, "old", signed("a.example", ec_key(), authority, "a.example", days=20))
    short, old = sorted(found(run("check"), "hint"), key=lambda said: "old.pem" in said)
    assert f"{folder / 'short.pem'} for c.example ends on " in short
    assert f"{folder / 'old.pem'} is shown to nobody" in old
    [past] = found(run("check"), "problem")
    assert f"{folder / 'past.pem'} for d.example expired on " in past
    (folder / "past.pem").write_text("torn")
    [torn] = found(run("check"), "problem")
    assert str(folder / "past.pem") in torn


def test_phones_sent_to_a_name_that_no_certificate_from_elsewhere_has_are_a_hint(
    run: Run, house: House
) -> None:
    certificates(house, now())
    folder = house.data / "certificates"
    folder.mkdir()
    authority = signed("Public authority", ec_key())
    write(folder, "a", signed("a", ec_key(), authority, "a.example", days=90))
    [said] = found(run("check"), "hint")
    assert "none names phones.example.net" in said


def test_a_wrong_profile_is_named_with_its_line(run: Run, house: House) -> None:
    folder = house.data / "profiles"
    folder.mkdir()
    (folder / "default.yaml").write_text("title: All\nsettings:\n  sip:\n    a: 1\n")
    (house.data / "provd.yaml").write_text(f"profiles: {folder}\n")
    [said] = found(run("check"), "problem")
    assert "profiles/default.yaml line 4" in said


def test_no_bench_and_no_public_url_are_hints(
    run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (house.data / "provd.yaml").unlink()
    monkeypatch.setenv("PROVD_LISTEN__PUBLIC_URL", "")
    bench, url = found(run("check"), "hint")
    assert "networks.bench is empty" in bench
    assert "listen.public_url is empty" in url


def test_a_port_of_another_program_is_a_problem_and_our_own_is_not(
    run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("::", 0), family=socket.AF_INET6)) as other:
        port = other.getsockname()[1]
        monkeypatch.setenv("PROVD_LISTEN__HTTP_PORT", str(port))
        [said] = found(run("check"), "problem")
        assert f"port {port}" in said
        assert "change listen.http_port" in said
        (house.data / "runtime.json").write_text(
            json.dumps({"http_port": port, "pid": os.getpid()})
        )
        assert "ports: in use by this provd" in printed(run("check"))


def test_a_name_that_the_certificate_lacks_is_a_problem(
    run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates(house, now())
    monkeypatch.setenv("PROVD_LISTEN__PUBLIC_URL", "https://elsewhere.example.net/")
    said = found(run("check"), "problem")
    assert len(said) == 2  # ECDSA and RSA
    assert all("does not name elsewhere.example.net" in one for one in said)


@pytest.mark.parametrize(("days", "level"), [(390, "hint"), (400, "problem")])
def test_a_certificate_near_its_end_is_named(
    days: int, level: str, run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = datetime(2026, 1, 1, tzinfo=UTC)
    certificates(house, made)
    command = sys.modules["provd.cli.check"]  # the package has a command of that name
    monkeypatch.setattr(command, "now", lambda: made + timedelta(days=days))
    said = found(run("check"), level)
    assert len(said) == 2
    assert all("SIGHUP" in one for one in said)


def test_what_waits_in_the_spool_is_a_hint_and_what_was_refused_a_problem(
    run: Run, house: House
) -> None:
    (house.data / "journal.spool").write_bytes(b"{}\n")
    (house.data / "journal.spool").chmod(0o600)
    (house.data / "journal.rejected").write_bytes(b"{}\n")
    result = run("check")
    assert "3 bytes wait" in found(result, "hint")[0]
    assert "journal.rejected" in found(result, "problem")[0]


def test_what_was_refused_is_booked_when_it_is_renamed_as_said(run: Run, house: House) -> None:
    rejected = house.data / "journal.1.rejected"
    rejected.write_bytes(to_line(ENTRY))
    rejected.chmod(0o600)
    said = re.search(r"mv -n (\S+) (\S+)", found(run("check"), "problem")[0])
    assert said
    Path(said[1]).rename(said[2])
    booked: list[JournalEntry] = []
    with closing(own_spool(house.data, booked.extend)):
        assert adopt(house.data, booked.extend) == 1
    assert booked == [ENTRY]
    assert not [one for one in printed(run("check")).splitlines() if "journal" in one]


def test_an_authority_too_weak_for_the_main_listener_is_sent_to_the_legacy_one(
    run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates(house, now())
    legacy = house.data / "trust" / "legacy"
    legacy.mkdir(parents=True)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:1024", "-sha1", "-nodes", "-subj", "/CN=Old",
         "-keyout", str(legacy / "key"), "-out", str(legacy.parent / "old.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    [said] = found(run("check"), "hint")
    assert f"old.pem is too weak to count on https_port. Phones of its time need {legacy}" in said
    (legacy.parent / "old.pem").rename(legacy / "old.pem")
    [said] = found(run("check"), "hint")
    assert "counts for nothing while listen.legacy_port is 0" in said
    with closing(socket.create_server(("::", 0), family=socket.AF_INET6)) as other:
        port = other.getsockname()[1]
    monkeypatch.setenv("PROVD_LISTEN__LEGACY_PORT", str(port))
    [said] = found(run("check"), "hint")
    assert f"old TLS is accepted on port {port}" in said


def test_a_ledger_that_somebody_wrote_into_is_named(run: Run, house: House) -> None:
    sql = house.parts.store._database.sql
    house.parts.operations.boots.book([delivery(house.parts, PHONE, now())])
    assert "transactions come to zero (4)" in "".join(found(run("check"), "ok"))
    sql("DROP TRIGGER ledger_entry_keeps_UPDATE")
    sql("UPDATE ledger_entry SET amount_micros = 1 WHERE id = 1")
    told = [line for line in found(run("check"), "problem") if line.startswith("ledger:")]
    assert told[0].startswith("ledger: 1 transactions do not come to zero: charge:")


def test_an_invoice_that_somebody_removed_is_named(run: Run, house: House) -> None:
    invoices.settle(house)
    invoices.boot(house)
    month = now()
    drafts = house.parts.operations.invoicing.runs.run(house.admin, month.year, month.month).drafts
    for one in drafts:
        house.parts.operations.invoicing.issue.finalise(house.admin, one.id)
    assert f"all add up ({len(drafts)})" in "".join(found(run("check"), "ok"))
    sql = house.parts.store._database.sql
    sql("DROP TRIGGER invoice_line_stays_UPDATE")
    sql("UPDATE invoice_line SET amount_micros = 1 WHERE id = 1")
    sql("UPDATE invoice_counter SET last = last + 1 WHERE issuer_id = 2")
    told = [line for line in found(run("check"), "problem") if line.startswith("invoices:")]
    assert any("has issued 2 of kind invoice and keeps 1" in line for line in told)
    assert any("does not add up" in line for line in told)
