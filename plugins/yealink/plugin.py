"""What data does not express: the files that a boot file names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from provd.vendors.values import Model

_INCLUDE = re.compile(
    r'^(?:\[(?P<models>[^\]]*)\])?include:config\s*[<"]?(?P<name>[^>"\s]+)[>"]?\s*$'
)


def named_files(content: bytes, model: Model, mac: str) -> Iterator[str]:
    """The files that `include:config` lines name for this model, in order.

    `[T46S,T54W]include:config <name>` holds for these models only; `$MAC` and `$PN` stand for the
    phone's MAC and model (administrator guide V86, "Boot Files").
    """
    for line in content.decode("utf-8").splitlines():
        found = _INCLUDE.match(line.strip())
        if found and (not found["models"] or model.name in found["models"].split(",")):
            yield found["name"].replace("$MAC", mac).replace("$PN", model.name)
