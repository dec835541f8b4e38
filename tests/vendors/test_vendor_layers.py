"""A vendor's own settings and a model's lie between the default and the profile."""

from pathlib import Path

import pytest
import yaml

from provd.devices.layers import Layer, merge
from provd.errors import ProvdError
from provd.vendors.vendor import Vendor

MANIFEST = {
    "name": "acme",
    "title": "Acme",
    "ouis": ["00aabb"],
    "user_agents": ["^Acme (?P<model>[A-Z0-9]+)"],
    "agent": "Acme {model} 1.0 {mac}",
    "models": {"columns": ["name", "lines"], "rows": [["A1", 1], ["A2", 2]]},
    "files": {"phone": {"path": "{mac}.cfg", "completes_boot": True, "template": "phone.cfg.j2"}},
    "boot": [{"file": "phone"}],
    "format": "key_value",
    "media_type": "text/plain",
    "settings": {"sip": {"expires": 600}},
    "model_settings": {"A2": {"sip": {"expires": 900}}},
}


def vendor(tmp_path: Path, **changes: object) -> Vendor:
    folder = tmp_path / "acme"
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "phone.cfg.j2").write_text("expires = {{ sip_expires }}\n")
    (folder / "plugin.yaml").write_text(yaml.safe_dump({**MANIFEST, **changes}))
    return Vendor(folder)


def test_the_model_wins_over_the_vendor_and_the_vendor_over_the_default(tmp_path: Path) -> None:
    acme = vendor(tmp_path)
    default = Layer("default", {"sip.expires": 3600})
    expires = {
        name: merge([default, *acme.layers(acme.model(name))]).get("sip.expires")
        for name in ("A1", "A2")
    }
    assert expires == {"A1": 600, "A2": 900}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"settings": {"sip": {"expiers": 600}}}, "sip.expiers"),
        ({"settings": {"sip": {"expires": "soon"}}}, "sip.expires"),
        ({"model_settings": {"A9": {}}}, "model_settings.A9"),
    ],
)
def test_a_wrong_layer_stops_the_start_and_names_the_place(
    tmp_path: Path, changes: dict[str, object], text: str
) -> None:
    with pytest.raises(ProvdError, match=text) as caught:
        vendor(tmp_path, **changes)
    assert "plugin.yaml" in str(caught.value)
    assert "line" in str(caught.value)
