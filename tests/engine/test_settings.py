"""Settings are typed once, from ini or environment, with one sentence for each mistake."""

from __future__ import annotations

import stat

import pytest

from engine.errors import Invalid
from engine.settings import load_settings, make_home, unwritable


def test_the_default_is_an_embedded_desk_under_its_home(tmp_path):
    settings = load_settings({"home": tmp_path / "desk"})
    assert settings.sqlite
    assert settings.database_url.endswith("desk/vorgang.db")
    assert settings.files_dir == tmp_path / "desk" / "files"


def test_each_desk_has_a_secret_of_its_own_that_only_its_owner_reads(tmp_path):
    first = load_settings({"home": tmp_path}).secret
    assert load_settings({"home": tmp_path}).secret == first
    assert len(first) > 40
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_ini_overrules_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("VORGANG_HOME", str(tmp_path / "a"))
    monkeypatch.setenv("VORGANG_SYSTEM_ID", "77")
    settings = load_settings({"vorgang.home": str(tmp_path / "b"), "vorgang.web_threads": "9"})
    assert settings.home == tmp_path / "b"
    assert settings.system_id == "77"
    assert settings.web_threads == 9


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"vorgang.nonsense": "1"}, "not known"),
        ({"vorgang.web_threads": "many"}, "whole number"),
        ({"vorgang.number_generator": "roman"}, "date_checksum"),
        ({"vorgang.number_start": "0"}, "number_start"),
        ({"vorgang.former_system_ids": "11, x"}, "system ids"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, given, said):
    with pytest.raises(Invalid, match=said):
        load_settings({"vorgang.home": str(tmp_path)} | given)


@pytest.mark.parametrize("name", ["file", "file/home"])
def test_a_home_that_cannot_be_written_is_named(tmp_path, name):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Invalid, match="VORGANG_HOME"):
        make_home(tmp_path / name)


def test_a_file_in_place_of_the_home_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Invalid, match="VORGANG_HOME"):
        load_settings({"home": tmp_path / "file"})


def test_a_home_of_another_user_is_told_so(tmp_path):
    said = unwritable(tmp_path, PermissionError(13, "Permission denied")).message
    assert "Run this as the user it belongs to" in said
    assert "Run this as" not in unwritable(tmp_path, OSError(30, "Read-only")).message


def test_a_home_that_is_not_there_is_left_so(tmp_path):
    load_settings({"home": tmp_path / "mistyped"})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "secure"),
    [
        ({}, False),
        ({"base_url": "https://desk.example.com"}, True),
        ({"base_url": "http://desk.example.com"}, False),
        ({"base_url": "https://desk.example.com", "secure_cookies": "false"}, False),
        ({"secure_cookies": "true"}, True),
    ],
)
def test_cookies_are_for_https_where_people_come_by_https(tmp_path, given, secure):
    assert load_settings({"home": tmp_path} | given).secure_cookies is secure
