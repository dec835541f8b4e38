"""Mails that were queued before requests were mailed, too, are queued after."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from provd.crypto.sealing import Sealer
from provd.store import Store
from provd.store.books import MailState
from provd.store.fields import to_microseconds
from provd.store.migrating import known_migrations
from tests.store.people import NOW

AT = to_microseconds(NOW)
ROWS = f"""
INSERT INTO account (id, uuid, parent_id, path, kind, name, currency, time_zone, settings)
VALUES (1, 'a', NULL, '/1/', 'provider', 'P', 'EUR', 'UTC', '{{}}');
INSERT INTO invoice (id, issuer_id, debtor_id, kind, status, number, currency, issued_on, due_on,
    issuer, debtor, brand, reference, buyer_reference, refers_to, notes, net_micros, tax_micros,
    gross_micros, created_at, created_by)
VALUES (7, 1, 1, 'invoice', 'draft', NULL, 'EUR', NULL, NULL, '{{}}', '{{}}', '{{}}', '', '', '[]',
    '[]', 0, 0, 0, {AT}, 'bob');
INSERT INTO invoice_mail VALUES (5, 7, 'a@example.com', '<5@x>', 'failed', 3, {AT}, '452', {AT},
    'bob', NULL)
"""  # noqa: S608  made of numbers


def test_a_mail_that_waits_still_does(empty_url: str, sealer: Sealer, tmp_path: Path) -> None:
    with closing(Store.open(empty_url, sealer=sealer)) as store:
        store._migrations.known = known_migrations()[:18]
        store.migrate(tmp_path)
        for statement in ROWS.split(";"):
            store._database.sql(statement)
        store._migrations.known = known_migrations()
        store.migrate(tmp_path)
        (mail,) = store.books.mails_due(NOW)
        assert (mail.id, mail.invoice_id, mail.request_id) == (5, 7, None)
        assert (mail.state, mail.attempts, mail.error) == (MailState.FAILED, 3, "452")
        new = store.books.queue_mail("b@example.com", "<6@x>", NOW, "bob", invoice_id=7)
        assert new == 6
