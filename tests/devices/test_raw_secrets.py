"""By their names: which of a vendor's own parameters are not shown."""

from __future__ import annotations

import pytest

from provd.devices.raw_secrets import tells_secret
from provd.devices.secret import Secret
from provd.devices.settings import setting
from provd.errors import SettingError


@pytest.mark.parametrize(
    "name",
    [
        "account.1.password", "static.security.user_password", "authPassword", "RegisterPswd",
        "PROCPSWD", "ADMIN_PSWD", "FORCE_SIP_PASSWORD", "http_pass", "sip pass word", "wifi.psk",
        "wpa2PSK", "login-pwd", "vpn.passphrase", "api_key", "SRTP_Private_Key", "preshared-key",
        "clientSecret", "credentials", "pin", "cloud.token", "md5password",
    ],
)  # fmt: skip
def test_a_name_tells_a_secret(name: str) -> None:
    assert tells_secret(name)
    row = setting(f"raw.acme.{name}")
    assert row.secret
    assert row.check("hidden-1") == Secret("hidden-1")
    assert row.check(1234) == Secret("1234")
    assert row.check(True) is True


@pytest.mark.parametrize(
    "name",
    [
        "linekey.1.value", "key.2.type", "features.intercom.allow", "P90", "passthrough", "mapping",
        "bypass", "keypad_lock", "opinion", "auth_user", "compass",
    ],
)  # fmt: skip
def test_another_name_does_not(name: str) -> None:
    assert not tells_secret(name)
    assert not setting(f"raw.acme.{name}").secret


def test_what_is_wrong_with_a_secret_is_told_without_it() -> None:
    with pytest.raises(SettingError) as refused:
        setting("raw.acme.password").check("hidden\nline")
    assert "hidden" not in str(refused.value)
