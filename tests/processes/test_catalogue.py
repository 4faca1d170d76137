"""What the service catalogue offers exists: its process, its form, its words in both languages."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from tests.processes.folders import KEYS, LANGUAGES, ROOT

OFFERS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "catalogue.yaml").read_text(encoding="utf-8")
)["offers"]
EACH = pytest.mark.parametrize("offer", OFFERS, ids=[o["key"] for o in OFFERS])
TYPES = {key: key.replace("_", " ") for key in KEYS}


def test_there_are_at_least_seven_with_keys_of_their_own() -> None:
    keys = [offer["key"] for offer in OFFERS]
    assert len(set(keys)) == len(keys) >= 7
    assert {offer["process"] for offer in OFFERS} == set(KEYS) - {
        "process_approval",
        "rules_approval",
    }


@EACH
def test_an_offer_says_in_both_languages_what_it_is_and_what_comes_next(
    offer: dict[str, Any],
) -> None:
    for part in ("title", "description", "next", "by_when"):
        assert sorted(offer[part]) == list(LANGUAGES), part
        assert all(str(text).strip() for text in offer[part].values()), part
    assert re.fullmatch(r"[a-z][a-z-]*", offer["icon"])
    assert offer["keywords"]
    assert all(isinstance(word, str) for word in offer["keywords"])


@EACH
def test_an_offer_leads_to_a_process_of_its_type(offer: dict[str, Any]) -> None:
    assert offer["process"] in KEYS
    assert offer["type"] == TYPES[offer["process"]]
    assert set(offer["audience"]) <= {"internal", "external", "public"}
    assert offer["audience"]
    assert re.match(r"[1-5] ", offer["priority"])


@EACH
def test_an_offer_has_a_form_that_asks_what_it_is_about(offer: dict[str, Any]) -> None:
    schema = json.loads((ROOT / f"offers/{offer['form']}.schema.json").read_text(encoding="utf-8"))
    ui = json.loads((ROOT / f"offers/{offer['form']}.ui.json").read_text(encoding="utf-8"))
    assert "body" in schema["required"]
    assert ui["fields"]["body"]["article"] is True


def test_no_form_is_left_without_an_offer() -> None:
    forms = {f.name.removesuffix(".schema.json") for f in (ROOT / "offers").glob("*.schema.json")}
    assert forms == {offer["form"] for offer in OFFERS}
