"""A vendor's table of models, from the manifest's columns and rows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from provd.errors import PluginError
from provd.vendors.manifest import Manifest
from provd.vendors.values import Fact, Model
from provd.vendors.yamlfile import Document

_OWN = {"name", "title", "lines", "keys", "modules", "module_keys"}
_COUNTS = ("lines", "keys", "modules", "module_keys")


def read_models(manifest: Manifest, document: Document) -> dict[str, Model]:
    """Key (see `model_key`) -> model. Raises PluginError that names the row's line."""
    models, wrong = checked_models(manifest, document)
    if wrong:
        raise wrong[0]
    return models


def checked_models(
    manifest: Manifest, document: Document
) -> tuple[dict[str, Model], list[PluginError]]:
    """The models of the rows that are right, and what is wrong with the others."""
    columns = manifest.models.columns
    if not {"name", "lines"} <= set(columns) or len(set(columns)) != len(columns):
        where = document.where(("models", "columns"))
        said = "columns need name and lines, each once"
        return {}, [PluginError(said, where=where, key="models")]
    models: dict[str, Model] = {}
    wrong = []
    for position, row in enumerate(manifest.models.rows):
        try:
            if len(row) != len(columns):
                raise ValueError(f"the row has {len(row)} values for {len(columns)} columns")
            model = _model(dict(zip(columns, row, strict=True)), manifest)
            if model_key(model.name) in models:
                raise ValueError("the model has a row already")
            models[model_key(model.name)] = model
        except ValueError as error:
            where = document.where(("models", "rows", position))
            wrong.append(PluginError(str(error), where=where, key=f"models.rows.{position}"))
    return models, wrong


def model_key(name: str) -> str:
    """How models are looked up: T46U, t46u and T-46 U are one."""
    return re.sub(r"[\W_]", "", name).casefold()


def _model(row: Mapping[str, Fact], manifest: Manifest) -> Model:
    name = row["name"]
    if not isinstance(name, str):
        raise ValueError("name is no text; put it in quotes")
    counts: dict[str, int] = {}
    for column in _COUNTS:
        count = row.get(column, 0)
        if not isinstance(count, int) or count < 0:
            raise ValueError(f"{' and '.join(_COUNTS)} are whole numbers")
        counts[column] = count
    title = row.get("title") or f"{manifest.title} {name}"
    facts = {column: value for column, value in row.items() if column not in _OWN}
    return Model(name, str(title), facts=facts, **counts)
