"""`provd settings`: what a level tells its phones."""

from provd.devices.settings import VOCABULARY
from tests.cli.conftest import Run, printed, sentence
from tests.conftest import PHONE, House


def test_a_setting_is_set_listed_and_taken_back(run: Run) -> None:
    where = ("--of", "Harbour Dental Practice/Front desk")
    assert "is set" in printed(run("settings", "set", "site", "codecs", "opus g722", *where))
    assert "opus g722" in printed(run("settings", "list", "site", *where))
    assert "no longer" in printed(run("settings", "unset", "site", "codecs", *where))
    assert "opus" not in printed(run("settings", "list", "site", *where))


def test_a_certificate_is_set_behind_two_dashes_and_shown_on_one_line(run: Run) -> None:
    pem = str(VOCABULARY["certificates.authority"].kind.samples[0])
    args = ("certificates.authority", "--of", PHONE, "--", pem.strip())
    assert "is set" in printed(run("settings", "set", "device", *args))
    explained = run("explain", PHONE, "certificates.authority").output.replace("\n", " ")
    assert "-----BEGIN CERTIFICATE----- MIHj" in explained
    listed = run("settings", "list", "device", "--of", PHONE).output
    assert "MIHj" in listed
    assert "\N{REPLACEMENT CHARACTER}" not in explained + listed


def test_a_password_is_asked_for_and_not_shown(run: Run, house: House) -> None:
    key = "web.admin_password"
    assert "is asked for" in sentence(run("settings", "set", "provider", key, "admin-secret"))
    result = run("settings", "set", "provider", key, typed="admin-secret\n")
    assert "is set" in printed(result)
    listed = run("settings", "list", "provider")
    assert key in printed(listed)
    assert "admin-secret" not in result.output + listed.output
    provider = house.parts.store.accounts.get(1)
    assert provider.settings[key] == "admin-secret"


def test_what_is_wrong_is_one_sentence_with_a_remedy(run: Run) -> None:
    wrong = run("settings", "set", "device", "time.zona", "UTC", "--of", PHONE)
    assert "Did you mean time.zone?" in sentence(wrong)
    assert "Name one" in sentence(run("settings", "list", "customer"))
    assert "no reseller “Nobody”" in sentence(run("settings", "list", "reseller", "--of", "Nobody"))


def test_all_keys_are_listed_with_what_they_take(run: Run) -> None:
    text = printed(run("settings", "keys"))
    assert "time.zone" in text
    assert "12h" in text


def test_a_vendors_own_password_is_asked_for_and_not_shown(run: Run) -> None:
    for key in ("raw.yealink.voice.password", "raw.grandstream.P2"):
        assert "is asked for" in sentence(run("settings", "set", "provider", key, "typed-words"))
        done = run("settings", "set", "provider", key, typed="hidden-words\n")
        assert "is set" in printed(done)
        listed = run("settings", "list", "provider")
        assert key in printed(listed)
        assert "hidden-words" not in done.output + listed.output
        assert "is asked for" in sentence(run("diff", "provider", key, "typed-words"))
