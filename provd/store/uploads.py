"""What phones have sent: sealed, each kind of file once for a device, the latest."""

from __future__ import annotations

from contextlib import suppress

from peewee import fn

from provd.devices.secret import Secret
from provd.devices.upload import Allowance, Sent, Upload, UploadFacts
from provd.store import tables
from provd.store.database import Row
from provd.store.repository import Repository, new_uuid
from provd.store.scope import not_found

CONTENT = "upload.content"
_BYTES = "latin-1"  # every octet is one character, and back


class Uploads(Repository):
    """All or nothing, as everything in the store: a broken upload leaves the old one."""

    def put(self, sent: Sent, most: Allowance) -> bool | None:
        """Whether there was none of that kind before. None, and nothing is kept, when the device
        would have more than `most`. Raises NotFoundError when its token is no longer that one: the
        device was moved, returned or retired since."""
        table, uuid = tables.Upload, new_uuid()
        is_this = (table.device_id == sent.device_id) & (table.kind == sent.kind)
        sealed = self._sealed.seal(Secret(sent.content.decode(_BYTES)), CONTENT, uuid)
        with suppress(_NoRoom), self._database.transaction():
            # Two uploads of a device come one after the other, or both would find room.
            same = tables.Device.id == sent.device_id
            same &= tables.Device.token_digest == sent.token_digest
            unchanged = tables.Device.update(revision=tables.Device.revision).where(same)
            if not self._database.write(unchanged):
                raise not_found("device")
            replaced = self._database.write(table.delete().where(is_this))
            others = table.device_id == sent.device_id
            files = self._database.value(table.select(fn.COUNT(table.uuid)).where(others))
            octets = self._database.value(
                table.select(fn.COALESCE(fn.SUM(table.size), 0)).where(others)
            )
            if files >= most.files or octets + len(sent.content) > most.octets:
                raise _NoRoom
            self._database.add(
                table.insert(
                    uuid=uuid,
                    device_id=sent.device_id,
                    kind=sent.kind,
                    name=sent.name,
                    content=sealed,
                    size=len(sent.content),
                    received_at=sent.at,
                )
            )
            return not replaced
        return None

    def get(self, device_id: int, kind: str) -> Upload | None:
        """The latest of that kind. Raises SealError."""
        table = tables.Upload
        row = self._database.row(
            table.select().where((table.device_id == device_id) & (table.kind == kind))
        )
        if row is None:
            return None
        content = self._sealed.open(row["content"], CONTENT, row["uuid"]).reveal().encode(_BYTES)
        return Upload(_facts(row), content)

    def of_device(self, device_id: int) -> list[UploadFacts]:
        """By name."""
        table = tables.Upload
        columns = (table.kind, table.name, table.size, table.received_at)
        query = table.select(*columns).where(table.device_id == device_id).order_by(table.name)
        return [_facts(row) for row in self._database.rows(query)]


class _NoRoom(Exception):
    """Undoes the transaction."""


def _facts(row: Row) -> UploadFacts:
    return UploadFacts(row["kind"], row["name"], row["size"], row["received_at"])
