"""S: what reaches the machine behind the desk: queries, files, forms, logs, headers."""

from __future__ import annotations

import base64
import configparser
import json
import logging
import pickle
import re
from email.header import decode_header, make_header
from pathlib import Path

import pytest
from pyramid.request import Request

from engine.cli.starting import make_folders
from engine.commands.candidates import read_processes
from engine.commands.changes import add_tag
from engine.commands.faq import save_item
from engine.commands.offers import read_catalogue
from engine.commands.structure import FIELDS, change_group, create_queue
from engine.errors import Invalid
from engine.people.models import Group, Organisation
from engine.worker import make_app as make_celery
from webapp.bounds import LONGEST_FORM, MOST_FIELDS, excessive
from webapp.routes import ROUTES

pytestmark = pytest.mark.both_databases

ROOT = Path(__file__).parent.parent.parent
HOSTILE = ["' OR 1=1--", "1; DROP TABLE ticket", "%", "_", "\\", "{{7*7}}", "\x00", "a" * 5000,
           "NEAR(a b)", '"', "* ~9", "9" * 30]  # fmt: skip
PARAMETERS = ("q", "page", "role", "tag", "state", "in", "who", "rank", "type", "customer",
              "before", "outcome", "parent", "part", "sort", "from")  # fmt: skip
HEADERS = {
    "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy",
    "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy",
}  # fmt: skip


def filled(pattern, number):
    return re.sub(r"\{(\w+)[^}]*\}", lambda m: number if m[1] == "number" else "1", pattern)


@pytest.mark.parametrize("text", HOSTILE)
def test_s1_s9_no_parameter_is_more_than_a_text(web, town, text):
    town.report()
    web.login("ada")
    for path in ("/tickets", "/people", "/health/inbound", "/faq", "/report", "/today", "/queues"):
        answer = web.get(path, "*", params=dict.fromkeys(PARAMETERS, text))
        assert answer.status_int < 500, path
        assert "49" not in re.findall(r'value="([^"]*)"', answer.text)


@pytest.mark.parametrize("text", ["%", "_", "\\"])
def test_s12_signs_of_like_are_signs(web, town, text):
    found = web.login("agnes").get("/options/people", params={"q": text}).json
    assert found == []


@pytest.mark.parametrize("place", ["/%FF", "/tickets?q=%FF", "/faq?language=%ED%A0%80"])
def test_s13_addresses_that_are_no_text_are_refused_plainly(web, place):
    answer = web.get(place, "*")
    assert answer.status_int in (400, 404)
    assert set(answer.headers) >= HEADERS


@pytest.mark.parametrize("key", ["%00", "a%00b"])
def test_s13_signs_that_no_database_takes_are_absent(web, key):
    web.login("ada")
    for path in (f"/processes/{key}", f"/rules/{key}", f"/report/{key}"):
        assert web.get(path, 404).status_int == 404


def form(kind, body):
    request = Request.blank("/login", method="POST", body=body)
    request.content_type = kind
    return request


def test_s13_a_million_fields_are_not_taken_apart(web):
    flood = b"a=1&" * (MOST_FIELDS + 1)
    kind = "application/x-www-form-urlencoded"
    answer = web.app.post("/login", flood, content_type=kind, status=413)
    assert set(answer.headers) >= HEADERS
    assert excessive(form(kind, b"a" * (LONGEST_FORM + 1)))
    assert not excessive(form(kind, b"a=1&" * (MOST_FIELDS - 1)))


@pytest.mark.parametrize(("parts", "refused"), [(MOST_FIELDS + 1, True), (50, False)])
def test_s13_parts_of_a_form_are_counted_across_pieces(monkeypatch, parts, refused):
    monkeypatch.setattr("webapp.bounds.CHUNK", 37)
    part = b'--b\r\ncontent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    request = form("multipart/form-data; boundary=b", part * parts + b"--b--\r\n")
    assert excessive(request) is refused
    assert len(request.body) == len(part) * parts + 7


def test_s13_bodies_that_are_no_text_are_refused(web, town):
    web.login("clara")
    kind = "application/x-www-form-urlencoded"
    answer = web.app.post("/settings", b"name=%FF&csrf_token=x", content_type=kind, status="*")
    assert answer.status_int in (400, 403)


def test_s13_the_server_in_front_bounds_what_it_takes():
    ini = configparser.ConfigParser(interpolation=None)
    ini.read(ROOT / "production.ini")
    server = ini["server:main"]
    assert int(server["max_request_body_size"]) <= 100 * 2**20
    assert server["ident"] == ""
    assert server["clear_untrusted_proxy_headers"] == "true"
    serving = (ROOT / "engine/cli/serving.py").read_text()
    assert "max_request_body_size=settings.max_upload_bytes * 4" in serving


def test_every_answer_carries_the_headers(web, town):
    number = town.report()
    paths = [filled(p, number) for _, p in ROUTES] + ["/no-such-page", "/static/none", "/api/v1/me"]
    for who in (None, "ada"):
        web.login(who) if who else web.logout()
        for path in paths:
            answer = web.get(path, "*")
            assert set(answer.headers) >= HEADERS, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            kept = answer.headers.get("Cache-Control", "")
            assert "no-store" in kept or path.startswith("/static/"), path
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'unsafe" not in policy
            assert "default-src 'none'" in policy or "object-src 'none'" in policy
            assert "Server" not in answer.headers


def test_s11_strangers_learn_that_the_desk_lives_and_nothing_else(web):
    assert web.get("/alive").text == "ok"
    for path in ("/health", "/metrics", "/health/outbox"):
        assert web.get(path, 303).headers["Location"].startswith("http://localhost/login")
    for path in ("/_debug_toolbar/", "/server-status", "/.git/config", "/static/../app.py"):
        assert web.get(path, 404).status_int == 404


CATALOGUE_BOMB = "a: &a [x,x]\nb: &b [*a,*a]\noffers:\n  - {key: k, title: *b}\n"


@pytest.mark.parametrize(
    "text", [CATALOGUE_BOMB, "[" * 5000, "offers: !!python/object/apply:os.getcwd []", "a: " * 9]
)
def test_s5_a_catalogue_that_is_a_bomb_is_refused(tmp_path, text):
    (tmp_path / "catalogue.yaml").write_text(text)
    with pytest.raises(Invalid):
        read_catalogue(tmp_path)


@pytest.mark.parametrize("ending", ["schema.json", "ui.json"])
def test_s5_the_form_of_an_offer_that_is_a_bomb_is_refused(tmp_path, ending):
    (tmp_path / "offers").mkdir()
    (tmp_path / "catalogue.yaml").write_text("offers: [{key: k, title: {en: K}}]")
    for name in ("schema.json", "ui.json"):
        text = "a: &a [x]\nb: [*a, *a]\n" if name == ending else "{}"
        (tmp_path / "offers" / f"k.{name}").write_text(text)
    with pytest.raises(Invalid):
        read_catalogue(tmp_path)


def test_s5_a_file_beyond_measure_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.commands.candidates.LARGEST", 1000)
    (tmp_path / "catalogue.yaml").write_text("offers: []\n" + "#" * 1000)
    with pytest.raises(Invalid, match="larger"):
        read_catalogue(tmp_path)


LAUGHS = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">
<!ENTITY f SYSTEM "file:///etc/passwd">]><definitions>&b;&f;</definitions>"""


def test_s3_a_diagram_with_entities_is_refused_at_publishing(tmp_path):
    (tmp_path / "incident").mkdir()
    (tmp_path / "incident" / "process.bpmn").write_text(LAUGHS)
    with pytest.raises(Invalid) as refused:
        read_processes(tmp_path, None)
    assert any("DOCTYPE" in p.message for p in refused.value.problems)


def test_s6_what_a_customer_writes_is_no_template(web, town, posted, deliver, plain):
    text = "{{7*7}} ${7*7} <%= 7*7 %> {name} {link} %(number)s {0.__class__}"
    number = town.report(title=text, body=text, queue="Service Desk")
    deliver()
    (mail,) = [m for m in posted.messages if "clara@example.org" in m.recipients]
    assert "49" not in plain(mail).replace(number, "")
    subject = " ".join(str(make_header(decode_header(mail.message["Subject"]))).split())
    assert "{{7*7}} ${7*7} <%= 7*7 %> {name} {link}" in subject
    for who, path in (("clara", f"/requests/{number}"), ("agnes", f"/tickets/{number}")):
        shown = web.login(who).get(path).text
        assert "{{7*7}}" in shown
        assert "{0.__class__}" in shown


class Trap:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("unpickled"),))


def test_s7_the_session_cookie_is_signed_json(web, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    web.get("/login")
    cookie = web.app.cookies["vorgang"]
    raw = base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4))
    assert isinstance(json.loads(raw[64:]), list)  # behind the SHA-512 seal
    trap = base64.urlsafe_b64encode(b"x" * 64 + pickle.dumps(Trap())).decode()
    web.app.set_cookie("vorgang", trap)
    assert web.get("/login").status_int == 200
    assert not (tmp_path / "unpickled").exists()


def test_s7_tasks_travel_as_json_only(town):
    conf = make_celery(town.desk).conf
    assert list(conf.accept_content) == ["json"]
    assert (conf.task_serializer, conf.result_serializer) == ("json", "json")


def test_s7_nothing_of_ours_unpickles_or_evaluates():
    bad = re.compile(
        r"\bpickle\b.*load|\beval\(|\bexec\(|yaml\.(unsafe|full)_load|yaml\.load\((?!.*Loader=)"
        r"|\b(C?Unsafe|C?Full|C)Loader\b|yaml\.Loader\b"
    )
    found = [
        str(path.relative_to(ROOT))
        for room in ("engine", "webapp", "search")
        for path in (ROOT / room).rglob("*.py")
        if bad.search(path.read_text())
    ]
    assert bad.search("yaml.load(text)")
    assert bad.search("LOADER = yaml.CFullLoader")
    assert found == []


def test_s12_a_login_or_address_adds_no_line_to_the_log(web, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    evil = "x\r\n2026-01-01 INFO forged line"
    web.post("/login", {"login": evil, "password": "y"}, 422)

    def broken(*_, **__):
        raise RuntimeError("a defect")

    monkeypatch.setattr("webapp.views.public.login.log_in", broken)
    web.post("/login?x=%0d%0aforged", {"login": evil, "password": "y"}, 500)
    web.get("/tickets/%0d%0aforged", "*")
    lines = [record.getMessage() for record in caplog.records]
    assert any("defect" in line for line in lines)
    assert all("\n" not in line and "forged line" not in line for line in lines)


CANARY = "<img src=x onerror=alert(1)>\"'"


def test_s14_no_text_that_somebody_typed_is_markup(web, town):
    def everywhere(work):
        group = work.session.query(Group).filter_by(name="network").one()
        change_group(work, group, f"g{CANARY}")
        values = dict.fromkeys(FIELDS, "") | {
            "name": f"Q{CANARY}"[:60], "group": group.name, "signature": CANARY,
            "follow_up": "possible", "active": True,
        }  # fmt: skip
        queue = create_queue(work, values).name
        town.person(work, "clara").name = town.person(work, "agnes").name = CANARY
        work.session.query(Organisation).first().name = CANARY
        for audience in ("public", "internal"):
            item = save_item(
                work, title=CANARY, solution=f"{CANARY} [x](javascript:alert(1))", language="en",
                audience=audience, category=CANARY, keywords=[CANARY], symptom=CANARY,
            )  # fmt: skip
        return queue, item.id

    queue, item = town.desk.run(everywhere)
    number = town.report(title=CANARY, body=CANARY, queue=queue, type="question")
    town.do("ada", number, lambda w, t: add_tag(w, t, CANARY) and None)
    seen = 0
    for who in ("clara", "agnes", "ada"):
        web.login(who)
        for _, pattern in ROUTES:
            path = filled(pattern, number).replace("/faq/1", f"/faq/{item}")
            answer = web.get(path, "*", params={"q": CANARY, "title": CANARY})
            if answer.content_type == "text/html":
                seen += "&lt;img src=x" in answer.text
                assert "<img src=x" not in answer.text, (who, path)
                assert 'href="javascript:' not in answer.text, (who, path)
    assert seen > 20


def test_the_home_of_a_desk_is_its_owners_alone(town):
    home = town.desk.settings.home
    home.chmod(0o755)
    make_folders(town.desk.settings)
    assert home.stat().st_mode & 0o077 == 0
