"""What is wrong with a calendar or an SLA, as a form says it: how to mend it in the form.

The findings themselves say what to write into a file.
"""

from __future__ import annotations

from engine.errors import Problem
from webapp.i18n import N_, Reader
from webapp.presenters.problem_words import finding_said

MENDS = {
    "calendar": N_("Please choose one of the list."),
    "closed": N_("One day or row of days in each line: 2026-12-24, 24.12. or 24.12.–2.1."),
    "duration": N_("Write it as 4 h, 1 h 30 min or 1:30."),
    "elsewhere": N_("Days with other hours have a field of their own."),
    "extra": N_("Write a line such as: 2026-12-19 10:00-14:00 Stocktaking."),
    "frame": N_("Write it as 08:00-17:00 or 8-17."),
    "frames": N_("Write them one behind the other: 08:00-12:00, 13:00-17:00."),
    "holiday": N_("One day or row of days in each line: 2026-12-24, 24.12. or 24.12.–2.1."),
    "never": N_(
        "Leave days out of the lists, or give days of every year their hours under “Days with "
        "other hours”."
    ),
    "no_hours": N_("Fill in the hours of at least one day."),
    "overlap": N_("Let one end before the other begins, or make one of them."),
    "percent": N_("Whole numbers from 1 to 99, with commas between."),
    "promise": N_("Fill in at least one; the first response comes before the solution."),
    "zone": N_("Please choose one of the list, such as Europe/Berlin."),
}


def wrong_said(reader: Reader, problem: Problem) -> str:
    """The finding and its mend in the reader's language."""
    message = finding_said(problem.message, reader.language)
    ours = MENDS.get(problem.code)
    mend = reader.gettext(ours) if ours else finding_said(problem.mend, reader.language)
    return f"{message} {mend}".strip()
