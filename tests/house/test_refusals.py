"""A view that answers a refused command with a page undoes first what the command had written."""

import ast

REFUSALS = {"Invalid", "Conflict", "NotAllowed", "VorgangError"}
# Where nothing of this request's transaction can have been written.
WITHOUT = {
    "webapp/__init__.py",  # not yet a request
    "webapp/presenters/calendar_changes.py",  # reads what history holds
    "webapp/presenters/clocks_page.py",  # a page that only reads
    "webapp/presenters/play.py",  # played in memory, in a request that only reads
    "webapp/presenters/play_source.py",
    "webapp/views/public/hooks.py",  # delivered in a transaction of its own
}


def names(node):
    """Every name that is used inside."""
    return {
        part.id if isinstance(part, ast.Name) else part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute)
    }


def unrefusing(tree):
    """Lines where a refusal is caught and neither raised on, undone, nor kept to a savepoint."""
    undoing = {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "refuse" in names(node)
    } | {"refuse", "refused"}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Try) or any("begin_nested" in names(s) for s in node.body):
            continue
        for handler in node.handlers:
            caught = names(handler.type) & REFUSALS if handler.type else REFUSALS
            body = ast.Module(handler.body, [])
            if caught and not names(body) & undoing and not isinstance(handler.body[-1], ast.Raise):
                yield handler.lineno


def test_every_refusal_that_becomes_a_page_is_undone_first(modules):
    found = [
        f"{module.place}:{line}"
        for module in modules
        if module.place.startswith("webapp/") and module.place not in WITHOUT
        for line in unrefusing(module.tree)
    ]
    assert found == []


def test_transactions_are_doomed_and_let_stand_in_one_place(modules):
    outside = [m for m in modules if m.place.startswith("webapp/") and "doom" in names(m.tree)]
    assert [module.place for module in outside] == ["webapp/refused.py"]
    stand = [
        m.place for m in modules if m.place.startswith("webapp/views") and "stands" in names(m.tree)
    ]
    assert stand == ["webapp/views/public/login.py", "webapp/views/settings.py"]


def test_the_search_finds_what_it_forbids():
    tree = ast.parse(
        "try:\n    save()\nexcept Invalid as error:\n    page(error)\n"
        "try:\n    save()\nexcept (NotFound, Conflict) as error:\n    refuse(request, error)\n"
        "try:\n    with db.begin_nested():\n        save()\nexcept VorgangError:\n    skip()\n"
        "try:\n    save()\nexcept NotFound:\n    page()\n"
    )
    assert list(unrefusing(tree)) == [3]
