"""What is in force, as the files it was published from."""

from __future__ import annotations

import json
from typing import Any

import yaml
from sqlalchemy import select

from engine.catalogue.models import OWN, CalendarRow, Offer, Sla
from engine.catalogue.published import ProcessInForce, RulesInForce
from engine.commands.shared_parts import is_shared, shared_files
from engine.sla.targets import entry_of
from engine.work import Work


def exported(work: Work) -> dict[str, str]:
    """Relative file name → text, ready to be published again."""
    files: dict[str, str] = {}
    for row in work.session.scalars(select(ProcessInForce).order_by(ProcessInForce.key)):
        if not is_shared(row.key):
            for name, text in row.version.files.items():
                files[f"processes/{row.key}/{name}"] = text
    for folder, members in shared_files(work.session).items():
        files |= {f"processes/shared/{folder}/{name}": text for name, text in members.items()}
    rules = work.session.get(RulesInForce, 1)
    if rules is not None:
        files["rules/vocabulary.yaml"] = rules.release.vocabulary
        files |= {f"rules/{name}.yaml": text for name, text in rules.release.documents.items()}
        examples = rules.release.examples.items()
        files |= {f"rules/examples/{name}.yaml": text for name, text in examples}
    calendars = {row.name: row.document for row in work.session.scalars(select(CalendarRow))}
    if calendars:
        files["rules/calendars.yaml"] = _yaml({"calendars": calendars})
        slas = {
            row.name: entry_of(row, "PT{}S".format)
            for row in work.session.scalars(select(Sla).order_by(Sla.id))
        }
        files["rules/slas.yaml"] = _yaml({"slas": slas})
    return files | _catalogue(work)


def _catalogue(work: Work) -> dict[str, str]:
    query = select(Offer).where(Offer.active).order_by(Offer.position)
    offers = [one for one in work.session.scalars(query) if not one.document.get(OWN)]
    if not offers:
        return {}
    files = {"processes/catalogue.yaml": _yaml({"offers": [offer.document for offer in offers]})}
    for offer in offers:
        for part, document in offer.form.items():
            text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
            form = offer.document.get("form") or offer.key
            files[f"processes/offers/{form}.{part}.json"] = text
    return files


def _yaml(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False)
