"""Who commits, who knows the time, who writes raw SQL: one place each."""

import ast

COMMITTERS = ("engine/work.py", "engine/outbox/drain.py", "engine/db/migrations/")
MIGRATIONS = "engine/db/migrations/"
CLOCK = "engine/clock.py"
WRITES = ("insert ", "update ", "delete ", "replace ", "merge ", "truncate ", "drop ", "alter ")
# Full text tables have no columns that SQLAlchemy could name; they are written by these alone.
RAW_SQL = ("engine/tickets/fulltext.py",)


def calls(tree):
    """Every call in the tree."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(node):
    """The last word of what is called: commit for session.commit()."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def written(node):
    """The literal text of a call's first argument, the fixed parts of an f-string included."""
    if not node.args:
        return ""
    parts = (part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant))
    return " ".join(part for part in parts if isinstance(part, str)).strip().lower()


def found(modules, wanted, *, besides=()):
    """Places `file:line` of the calls that `wanted` accepts, outside the given files."""
    return [
        f"{module.place}:{node.lineno}"
        for module in modules
        if not module.place.startswith(tuple(besides))
        for node in calls(module.tree)
        if wanted(node)
    ]


def stray_commit(node):
    return isinstance(node.func, ast.Attribute) and called(node) in ("commit", "rollback")


def raw_write(node):
    return called(node) in ("text", "exec_driver_sql") and written(node).startswith(WRITES)


def wall_clock(node):
    if called(node) == "today":
        return True
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return called(node) == "utcnow" or (called(node) == "now" and name == "datetime")


def test_only_the_work_the_drain_and_migrations_commit(modules):
    # What search commits is Whoosh's index, not our database.
    assert found(modules, stray_commit, besides=(*COMMITTERS, "search/")) == []


def test_no_rows_are_written_by_text(modules):
    # zope.sqlalchemy does not see them and rolls them back without a word.
    assert found(modules, raw_write, besides=(MIGRATIONS, *RAW_SQL)) == []


def test_only_the_clock_looks_at_the_clock(modules):
    inside = [module for module in modules if module.place.startswith("engine/")]
    assert found(inside, wall_clock, besides=(CLOCK,)) == []


def test_the_searches_find_what_they_forbid():
    tree = ast.parse(
        "session.commit()\ndatetime.now(UTC)\ndatetime.datetime.utcnow()\nwork.now\n"
        "text('DELETE FROM ticket')\ntext('select 1')\ntext(f'update {name} set x=1')\n"
    )
    lines = {test.__name__: [] for test in (stray_commit, raw_write, wall_clock)}
    for node in calls(tree):
        for test in (stray_commit, raw_write, wall_clock):
            if test(node):
                lines[test.__name__].append(node.lineno)
    assert lines == {"stray_commit": [1], "raw_write": [5, 7], "wall_clock": [2, 3]}
