"""Telephone numbers of people are kept in one spelling (E.164), so that a caller is known again."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import context, op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

FIELDS = ("phone", "mobile", "fax")
SEPARATORS = re.compile(r"[\s()./\u2010-\u2015-]+")
KEEPS_ZERO = ("+39", "+378", "+379")


def upgrade() -> None:
    """Rewrite what is a full number; short ones and words stay as they were typed."""
    country = str(context.config.attributes.get("country") or "+49")
    person = sa.table("person", sa.column("id"), *(sa.column(name) for name in FIELDS))
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(person).where(sa.or_(*(person.c[name] != "" for name in FIELDS)))
    )
    for row in rows.mappings().all():
        fresh = {name: spelt(row[name], country) for name in FIELDS}
        if any(fresh[name] != row[name] for name in FIELDS):
            connection.execute(person.update().where(person.c.id == row["id"]).values(fresh))


def spelt(text: str, country: str) -> str:
    """The number as the desk spells it at the time of this step."""
    number = SEPARATORS.sub("", text.replace("(0)", ""))
    if number.isdigit() and len(number) < 7:
        return text
    if number.startswith("00"):
        number = "+" + number[2:]
    elif number.startswith("0") and country not in KEEPS_ZERO:
        number = country + number[1:]
    elif not number.startswith("+"):
        number = country + number
    return number if re.fullmatch(r"\+[1-9][0-9]{6,14}", number) else text
