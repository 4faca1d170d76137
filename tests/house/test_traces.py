"""Nothing in the files tells of the machine they were written on or where packages came from."""

import json
import re

# Written in pieces, so that this file does not find itself.
HOME = r"/(?:root|work|home/\w+)/"
PATHS = re.compile(r"(?<![\w.])" + HOME + r"|/tmp/" + r"vorgang/")
HOSTS = re.compile("|".join(("files." + "pythonhosted", "pypi" + r"\.org", "registry." + "npmjs")))


def readable(tracked):
    """Name and text of every tracked text file."""
    for path in tracked:
        data = path.read_bytes()
        if b"\0" not in data:
            yield path, data.decode("utf-8", "replace")


def test_no_machine_paths(tracked, root):
    assert [str(p.relative_to(root)) for p, text in readable(tracked) if PATHS.search(text)] == []


def test_no_registry_hosts(tracked, root):
    assert [str(p.relative_to(root)) for p, text in readable(tracked) if HOSTS.search(text)] == []


def test_the_lock_of_the_pages_names_no_host(root):
    packages = json.loads((root / "package-lock.json").read_text())["packages"]
    assert len(packages) > 10
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_every_package_of_the_pages_is_locked_by_its_hash(root):
    packages = json.loads((root / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
