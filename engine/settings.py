"""What an operator can set, read once into one frozen record with plain errors."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from errno import EACCES
from pathlib import Path
from typing import Any

from engine.errors import Invalid

PREFIX = "vorgang."
NUMBER_GENERATORS = ("date_checksum", "date", "counter", "random")


@dataclass(frozen=True)
class Settings:
    """All settings of one desk; `home` holds everything that the desk writes."""

    home: Path
    database_url: str
    secret: str
    base_url: str = "http://localhost:6543"
    broker_url: str = "memory://"
    smtp_url: str = ""  # empty: outgoing mail is written to home/sent as files
    mail_from: str = "desk@example.com"
    mail_name: str = "Service Desk"
    imap_url: str = ""
    imap_trusted: bool = False
    ticket_hook: str = "Ticket#"
    subject_format: str = "left"
    system_id: str = "10"
    number_generator: str = "date_checksum"
    number_min_digits: int = 5
    number_start: int = 1  # the first number of the generator `counter`
    former_hooks: str = ""  # with commas: what else stands before a number in a subject
    former_system_ids: str = ""  # with commas: system ids of desks whose tickets were taken over
    default_language: str = "en"
    default_zone: str = "Europe/Berlin"
    sms_secret: str = ""
    sms_twilio_token: str = ""
    sms_url: str = ""
    sms_sender: str = ""
    sms_country: str = "+49"
    fax_gateway: str = ""  # for example {number}@fax.example.com
    webhook_allow: str = ""  # with commas: inner networks, hosts, host:port that webhooks may call
    webhook_ports: str = "80,443"  # of the outside
    webhook_ca: str = ""  # a file with authorities of one's own, trusted besides
    max_upload_bytes: int = 25 * 1024 * 1024
    session_hours: int = 12
    secure_cookies: bool = False  # not given: whether base_url is https
    trusted_proxy: str = ""
    approve_processes: bool = False  # a second owner looks at each draft before it is in force
    approve_rules: bool = False  # a second admin looks at changed rules before they are in force
    default_process: str = "incident"  # of tickets whose offer, type and queue name none
    auto_replies_per_day: int = 40
    delivery_days: int = 4  # how long what cannot be delivered is tried again
    login_tries: int = 8
    login_window_minutes: int = 15
    limit_api_writes: int = 300  # a minute and token; 0 switches this and the next ones off
    limit_requests: int = 30  # new requests a minute and customer
    limit_drafts: int = 120  # drafts kept a minute and person
    limit_search: int = 60  # searches of the FAQ a minute and address, of who is not logged in
    audit_night: str = "02:00-05:00"  # when the worker looks whether anything is lost; empty: never
    audit_repairs: bool = False  # it mends what it can, instead of only telling
    web_threads: int = 4
    processes_dir: Path = Path("processes")
    rules_dir: Path = Path("rules")

    @property
    def files_dir(self) -> Path:
        """Where attachments and originals lie, addressed by their content."""
        return self.home / "files"

    @property
    def index_dir(self) -> Path:
        """Where the search index of the FAQ lies; it can always be rebuilt."""
        return self.home / "index"

    @property
    def spool_dir(self) -> Path:
        """Where messages lie that could not be stored in the database."""
        return self.home / "spool"

    @property
    def hooks(self) -> tuple[str, ...]:
        """What may stand before a ticket's number in a subject, our own first."""
        return (self.ticket_hook, *_listed(self.former_hooks))

    @property
    def system_ids(self) -> tuple[str, ...]:
        """The system ids that numbers of this desk may carry, its own first."""
        return (self.system_id, *_listed(self.former_system_ids))

    @property
    def sqlite(self) -> bool:
        """Whether the desk runs on the embedded database."""
        return self.database_url.startswith("sqlite")


def load_settings(given: Mapping[str, Any] | None = None) -> Settings:
    """Settings from an ini section (`vorgang.…` keys) or plain names, over `VORGANG_…` variables.

    Raises `Invalid` with one sentence that names the setting and the mend.
    """
    raw = _environment() | _plain(given or {})
    home = Path(str(raw.pop("home", "") or "var")).expanduser().absolute()
    raw.setdefault("database_url", f"sqlite:///{home / 'vorgang.db'}")
    raw.setdefault("processes_dir", shipped("processes"))
    raw.setdefault("rules_dir", shipped("rules"))
    if not raw.get("secret"):
        raw["secret"] = _own_secret(home)
    known = [f for f in fields(Settings) if f.name in raw]
    values = {f.name: _typed(f.name, f.type, raw[f.name]) for f in known}
    values["home"] = home
    https = str(values.get("base_url", "")).lower().startswith("https://")
    values.setdefault("secure_cookies", https)
    settings = Settings(**values)
    if settings.number_generator not in NUMBER_GENERATORS:
        raise Invalid(
            f"number_generator is {settings.number_generator!r}; "
            f"it can be one of {', '.join(NUMBER_GENERATORS)}."
        )
    if settings.number_start < 1 or not all(map(str.isdecimal, settings.system_ids)):
        raise Invalid("number_start and system ids are made of digits and begin at 1.")
    return settings


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    known = {f.name for f in fields(Settings)}
    found = {}
    for key, value in given.items():
        name = key.removeprefix(PREFIX)
        if name in known and (key.startswith(PREFIX) or key == name) and value is not None:
            found[name] = value
        elif key.startswith(PREFIX):
            raise Invalid(f"The setting {key} is not known. Remove it, or correct its name.")
    return found


def _environment() -> dict[str, Any]:
    known = {f.name for f in fields(Settings)}
    pairs = ((key[8:].lower(), value) for key, value in os.environ.items() if key[:8] == "VORGANG_")
    return {key: value for key, value in pairs if key in known}


def _typed(name: str, kind: Any, value: Any) -> Any:
    if kind == "Path":
        return Path(value).expanduser()
    if kind == "bool" and isinstance(value, str):
        return value.strip().lower() in {"1", "true", "yes", "on"}
    if kind == "int" and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise Invalid(f"The setting {name} must be a whole number, not {value!r}.") from None
    return value


def shipped(folder: str) -> Path:
    """Where a folder of data that comes with the desk lies: in the checkout, else installed."""
    here = Path(__file__).resolve().parent.parent / folder
    if here.is_dir():
        return here
    import sys

    return Path(sys.prefix) / "share" / "vorgang" / folder


def make_home(home: Path) -> None:
    """The folder that everything lies in; `Invalid` where it cannot be made."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(home, error) from error


def _own_secret(home: Path) -> str:
    """A secret of this desk alone, made at the first start and kept readable to its owner only.

    Where there is no home there is no desk either: a mistyped path leaves nothing behind.
    """
    path, fresh = home / "secret", secrets.token_urlsafe(48)
    try:
        if path.is_file():
            return path.read_text(encoding="ascii").strip()
        if not home.exists():
            return fresh
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(fresh)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise unwritable(home, error) from error
    return fresh


def unwritable(folder: Path, error: OSError) -> Invalid:
    """That a folder of the desk cannot be used, with the mend."""
    owner = "Run this as the user it belongs to, or point" if error.errno == EACCES else "Point"
    return Invalid(
        f"The folder {folder} cannot be written ({error.strerror}). "
        f"{owner} VORGANG_HOME at a folder that can be."
    )
