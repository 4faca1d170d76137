"""How pages say what goes another way in a play than a scenario says, and how one was retold."""

from webapp.i18n import N_

TOLD = {
    "the effects were %(found)s, expected %(wanted)s": N_(
        "What would be done was %(found)s; expected was %(wanted)s."
    ),
    "needs exactly one of %(names)s": N_("A step of a scenario has exactly one of %(names)s."),
    "more than %(most)s steps; it was stopped here": N_(
        "More than %(most)s steps were passed; it was stopped here."
    ),
    '"%(step)s" failed: %(why)s': N_("“%(step)s” failed: %(why)s"),
    "waits at %(found)s, expected %(wanted)s": N_(
        "It waits at %(found)s; expected was %(wanted)s."
    ),
    '"%(step)s" is not open; open are %(found)s': N_(
        "“%(step)s” is not open; what can be done is %(found)s."
    ),
    'nobody waits for the message "%(name)s"': N_("Nothing waits for the message “%(name)s”."),
    "more than %(most)s times came in that while; it was stopped there": N_(
        "More than %(most)s times came in that while; it was stopped there."
    ),
    '"%(name)s" is %(found)s, expected %(wanted)s': N_(
        "“%(name)s” is %(found)s; expected was %(wanted)s."
    ),
    "has not ended; waits at %(found)s": N_("It has not ended; it waits at %(found)s."),
    'ended at %(found)s, expected "%(step)s"': N_(
        "It ended at %(found)s; expected was “%(step)s”."
    ),
    'the end sets the state "%(found)s", expected "%(wanted)s"': N_(
        "The end sets the state “%(found)s”; expected was “%(wanted)s”."
    ),
    '"%(step)s" is not in this diagram any more': N_("“%(step)s” is not in this diagram any more."),
    'what was answered at "%(step)s" was not kept; the last known answers stand there': N_(
        "What was answered at “%(step)s” was not kept; the last known answers stand there."
    ),
    "the ticket also passed %(found)s": N_("The ticket also passed %(found)s; the play does not."),
    "the ticket did not pass %(found)s": N_("The ticket did not pass %(found)s; the play does."),
    "the ticket was closed by hand; the process itself did not end": N_(
        "The ticket was closed by hand; the process itself did not end."
    ),
    "cannot be played: %(why)s": N_("This cannot be played: %(why)s"),
}
