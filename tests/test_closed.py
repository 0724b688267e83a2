"""Closed by default: what other sites, strange names, odd paths and huge bodies try comes to nothing."""

import re
import socket
from html.parser import HTMLParser

import pytest
from asking import HERE, Browser
from prepared import MARK, prepare

from movement_lab.errors import UsageError
from movement_lab.server import create_app
from movement_lab.server.listening import listening
from movement_lab.server.settings import ServerSettings
from movement_lab.storage import open_store

OUTSIDE = "root:x:0:0"
TRICKS = (
    *("../../../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd"),
    *("%252e%252e%252fetc/passwd", "..\\..\\..\\etc\\passwd", "..%5c..%5cetc%5cpasswd", "%00", "a%00.mp4"),
    *("/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", ".htaccess", ".git/config", "....//....//etc/passwd"),
    *("upload", "track.npz/", "secret.key", "..%2f..%2fsecret.key", "..%2f..%2fworkspace.sqlite", "C:%5c"),
    *(
        "CON",
        "x" * 3000,
        "%ff%fe",
        "machine",
        "pictures",
        "report.json%00.mp4",
        "~root",
        "file:///etc/passwd",
    ),
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("closed") / "data")
    yield store, prepare(store, copies=2)
    store.close()


@pytest.fixture(scope="module")
def app(prepared):
    return create_app(prepared[0])


@pytest.fixture
def visitor(app):
    return Browser(app.test_client())


@pytest.fixture
def program(app):
    client = app.test_client()

    def ask(method, path, **known):
        return client.open(path, method=method, base_url=HERE, buffered=True, **known)

    return ask


def paths(app, ids):
    """Every address of the application, with something that exists put into it."""
    for rule in app.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            before = path.split("<")[0].rstrip("/").rsplit("/", 1)[-1]
            there = ids.get(before, [""])[0] or {"rep": "1", "filename": "style.css"}.get(name, "report.html")
            path = re.sub(rf"<(?:\w+(?:\([^)]*\))?:)?{name}>", there, path)
        yield rule, path


# ---------------------------------------------------------------- who may ask


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost", 200),
        ("LOCALHOST:1", 200),
        ("[::1]:8000", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example:8000", 403),
        ("localhost.evil.example", 403),
        ("evil.example:8000", 403),
        ("127.0.0.1@evil.example", 403),
        ("192.168.1.7", 403),
        ("2130706433", 403),
        ("0x7f.1", 403),
        ("", 403),
        ("[::1", 403),
        ("localhost:8000:evil", 403),
        ("local\thost", 403),
    ],
)
def test_only_the_own_name_is_answered_to(app, host, status):
    answer = app.test_client().get(
        "/", headers={"Host": host}, environ_overrides={"SERVER_NAME": "127.0.0.1"}
    )
    assert answer.status_code in ((status,) if status == 200 else (400, 403))


def test_bound_to_every_address_bare_addresses_are_answered_to_and_names_only_if_known():
    told = ServerSettings(host="0.0.0.0", names=("clinic.example",))
    assert all(told.answers_to(name) for name in ("192.168.1.7", "clinic.example", "Clinic.Example", "::1"))
    assert not any(told.answers_to(name) for name in ("evil.example", "clinic.example.evil", ""))


@pytest.mark.parametrize(
    "marks",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "https://127.0.0.1:8000"},
        {"Origin": "http://127.0.0.1:8000.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "nonsense"},
    ],
)
def test_what_other_sites_send_is_refused_even_with_a_token(visitor, prepared, marks):
    store, ids = prepared
    visitor.get("/")
    path = f"/assessments/{ids['assessments'][0]}/delete"
    assert visitor.post(path, **marks).status_code == 403
    assert visitor.fetch("DELETE", f"/api/v1/assessments/{ids['assessments'][0]}", **marks).status_code == 403
    assert ids["assessments"][0] in {p.name for p in store.folder.assessments.iterdir()}


@pytest.mark.parametrize("token", ["", "wrong", "IjEi.aaaa.bbbb"])
def test_without_its_page_s_token_nothing_is_changed(visitor, prepared, token):
    _store, ids = prepared
    visitor.get("/")
    visitor.token = token
    path = f"/assessments/{ids['assessments'][0]}/delete"
    assert visitor.post(path).status_code == 400
    assert visitor.fetch("DELETE", f"/api/v1/assessments/{ids['assessments'][0]}").status_code == 400
    assert visitor.fetch("POST", "/api/v1/uploads", {"source": "upload"}).status_code == 400


def test_a_token_of_another_session_is_worth_nothing(app):
    mine, other = Browser(app.test_client()), Browser(app.test_client())
    mine.get("/")
    other.get("/")
    mine.token = other.token
    assert mine.fetch("POST", "/api/v1/uploads", {"source": "upload"}).status_code == 400


def test_every_address_that_changes_something_wants_a_token(app, prepared, visitor):
    _store, ids = prepared
    visitor.get("/")
    visitor.token = ""
    for rule, path in paths(app, ids):
        for method in rule.methods - {"GET", "HEAD", "OPTIONS"}:
            assert visitor.fetch(method, path).status_code == 400, (method, path)


def test_what_is_ours_cannot_be_shown_as_part_of_another_site(visitor, prepared):
    _store, ids = prepared
    marks = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    for path in ("/", f"/assessments/{ids['assessments'][0]}/files/report.html", "/api/v1/assessments"):
        assert visitor.get(path, **marks).status_code == 403
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert visitor.get("/", **followed).status_code == 200  # a link that somebody follows


# ---------------------------------------------------------------- what answers look like


def test_every_answer_forbids_foreign_content_guessing_and_keeping(app, prepared, visitor):
    _store, ids = prepared
    for rule, path in paths(app, ids):
        answer = visitor.get(path)
        told = answer.headers
        policy = told["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy, path
        assert not re.search(r"https?:|\*", policy), path
        assert told["X-Content-Type-Options"] == "nosniff", path
        assert told["X-Frame-Options"] == "DENY", path
        assert told["Cross-Origin-Resource-Policy"] == "same-origin", path
        assert told["Cache-Control"] == ("no-cache" if rule.endpoint == "static" else "no-store"), path
        assert "Access-Control-Allow-Origin" not in told, path
        assert "Server" not in told, path
        assert answer.status_code < 500, path


class _Pages(HTMLParser):
    """Collects what a strict policy forbids, and what comes from elsewhere."""

    def __init__(self):
        super().__init__()
        self.forbidden = []

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        inline = [name for name in known if name.startswith("on") or name == "style"]
        code = tag == "script" and "src" not in known and known.get("type") != "application/json"
        if inline or code or tag in ("style", "base", "iframe", "object"):
            self.forbidden.append((tag, known))
        followed = tag == "a" and "noreferrer" in (known.get("rel") or "")  # a source that somebody opens
        foreign = r"(?i)\s*(javascript|data|vbscript)" if followed else r"(?i)\s*(javascript|data|https?|//)"
        for name in ("src", "href", "action"):
            if re.match(foreign, known.get(name) or ""):
                self.forbidden.append((tag, known))


def test_pages_hold_nothing_inline_and_nothing_foreign_and_names_stay_inert(app, prepared, visitor):
    _store, ids = prepared
    seen = 0
    for kind in ids:
        for number in range(len(ids[kind])):
            chosen = {**ids, kind: ids[kind][number:]}
            for _rule, path in paths(app, chosen):
                answer = visitor.get(path)
                if answer.mimetype != "text/html" or "attachment" in answer.headers.get(
                    "Content-Disposition", ""
                ):
                    continue
                text = answer.get_data(as_text=True)
                assert MARK not in text, path
                assert "<script>alert" not in text, path
                page = _Pages()
                page.feed(text)
                assert page.forbidden == [], path
                seen += "&lt;script&gt;alert(1)" in text
    assert seen > 2


def test_files_to_save_are_saved_never_shown(app, prepared, visitor):
    _store, ids = prepared
    answer = visitor.get(f"/assessments/{ids['assessments'][0]}/files/report.html")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_of_a_film_one_part_at_a_time_is_given(prepared, visitor):
    store, ids = prepared
    film = store.folder.assessment(ids["assessments"][0]).playback
    film.write_bytes(bytes(range(256)) * 40_000)
    path, size = f"/assessments/{ids['assessments'][0]}/playback.mp4", film.stat().st_size
    got, parts = b"", 0
    while len(got) < size:
        answer = visitor.get(path, Range=f"bytes={len(got)}-")
        assert answer.status_code == 206
        assert answer.headers["Content-Range"].endswith(f"/{size}")
        got, parts = got + answer.get_data(), parts + 1
    assert (got, parts) == (film.read_bytes(), 3)
    assert visitor.get(path, Range="bytes=5-9").get_data() == bytes(range(5, 10))
    assert visitor.get(path, Range="bytes=-3").get_data() == got[-3:]
    assert visitor.get(path, Range=f"bytes={size}-").status_code == 416
    film.unlink()


def test_no_cookie_without_its_flags(visitor):
    cookie = visitor.get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie  # on loopback there is no HTTPS


# ---------------------------------------------------------------- paths and names


def test_no_path_leads_out_of_its_folder(app, prepared, visitor):
    store, ids = prepared
    secret = (store.folder.root / "secret.key").read_bytes()
    for rule in app.url_map.iter_rules():
        for name in rule.arguments:
            for trick in TRICKS:
                path = rule.rule
                for each in rule.arguments:
                    there = trick if each == name else ids["assessments"][0]
                    path = re.sub(rf"<(?:\w+(?:\([^)]*\))?:)?{each}>", lambda _m, t=there: t, path)
                answer = visitor.get(path)
                told = answer.get_data()
                assert answer.status_code in (200, 301, 303, 304, 308, 400, 404, 405, 409, 422), (
                    path,
                    answer.status,
                )
                assert OUTSIDE.encode() not in told, path
                assert secret not in told, path
                assert not told.startswith(b"SQLite format"), path
                if answer.status_code == 200 and "/static/" in path:
                    assert answer.mimetype != "text/html", path


def test_the_recording_itself_has_no_address(prepared, visitor):
    _store, ids = prepared
    for id_ in ids["assessments"]:
        for path in (
            f"/assessments/{id_}/files/upload",
            f"/assessments/{id_}/upload",
            f"/assessments/{id_}/",
        ):
            assert visitor.get(path).status_code in (404, 405)


@pytest.mark.parametrize(
    "path", ["/static/", "/static", "/assessments/", "/api/", "/api/v1/", "/.git/config", "/%2e"]
)
def test_folders_are_not_listed(visitor, path):
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize(
    "name", [*TRICKS, 'a"b.mp4', "a\r\nSet-Cookie: x=1", "\u202egpm.exe", "\ud800", "", " "]
)
def test_a_file_s_name_is_a_label_and_nothing_else(program, prepared, name):
    store, _ids = prepared
    begun = program("POST", "/api/v1/uploads", json={"source": "upload", "file_name": name[:1000]})
    assert begun.status_code == (400 if name == "\ud800" else 201)  # half a character
    if begun.status_code == 400:
        return
    told = begun.json
    assert re.fullmatch(r"[A-Za-z0-9_-]{16}", told["id"])
    assert not re.search(r"[/\\\x00-\x1f\u202e]", told["file_name"])
    assert {path.name for path in (store.folder.incoming / told["id"]).iterdir()} == {"meta.json"}
    assert program("DELETE", f"/api/v1/uploads/{told['id']}").status_code == 204


def test_identifiers_are_random(program):
    made = [program("POST", "/api/v1/uploads", json={"source": "upload"}).json["id"] for _ in range(20)]
    assert len({id_[:6] for id_ in made}) == 20
    for id_ in made:
        program("DELETE", f"/api/v1/uploads/{id_}")


def test_a_type_is_never_decided_by_name(prepared, program):
    store, _ids = prepared
    begun = program("POST", "/api/v1/uploads", json={"source": "upload", "file_name": "page.html"}).json
    program("PUT", f"/api/v1/uploads/{begun['id']}/data?offset=0", data=b"<html><script>alert(1)</script>")
    program("POST", f"/api/v1/uploads/{begun['id']}/finish", json={})
    folder = store.folder.assessment(begun["id"])
    assert [path.name for path in folder.path.iterdir()] == ["upload"]
    assert program("DELETE", f"/api/v1/assessments/{begun['id']}").status_code == 204


# ---------------------------------------------------------------- methods and bodies


@pytest.mark.parametrize("path", ["/", "/api/v1/assessments", "/static/style.css"])
def test_methods_answer_sanely(program, path):
    assert program("HEAD", path).status_code == 200
    assert program("HEAD", path).get_data() == b""
    options = program("OPTIONS", path)
    assert options.status_code == 200
    assert "GET" in options.headers["Allow"]
    for method in ("TRACE", "CONNECT", "PATCH", "PROPFIND"):
        refused = program(method, path)
        assert refused.status_code in (400, 405), method


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"source": ' + b"9" * 100_000 + b"}",
        b'{"source": "upload", "bytes_expected": 1e999}',
        b'{"source": "upload", "bytes_expected": NaN}',
        b'{"source": "upload", "bytes_expected": ' + b"9" * 400 + b"}",
        b'{"source": "upload", "asked": {"height_cm": Infinity}}',
        b'{"source": "upload", "source": ["camera"]}',
        b"\xff\xfe\x00",
        b"null",
        b'"upload"',
        b"",
    ],
    ids=range(12),
)
def test_odd_json_is_refused_in_words(program, body):
    refused = program("POST", "/api/v1/uploads", data=body, content_type="application/json")
    assert refused.status_code in (400, 413, 422)
    assert refused.json["message"].endswith(".")


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/v1/uploads"), ("POST", "/assessments/x/cancel")])
def test_bodies_are_small_where_no_recording_belongs(program, visitor, method, path):
    huge = b'{"source": "upload", "file_name": "' + b"a" * 5_000_000 + b'"}'
    assert program(method, path, data=huge, content_type="application/json").status_code == 413
    visitor.get("/")
    assert visitor.post(path, {"note": "a" * 5_000_000}).status_code == 413


@pytest.mark.parametrize(
    "query", ["from=-1", "from=1e9", "from=" + "9" * 40, "from=%00", "from=a", "from=1&from=2"]
)
def test_odd_questions_get_an_answer(visitor, query):
    assert visitor.get(f"/?{query}").status_code in (200, 400)


def test_an_odd_person_is_nobody(program):
    for person in ("\ud800", "\x00", "' OR 1=1 --", "x" * 32):
        begun = program("POST", "/api/v1/uploads", json={"source": "upload", "person_id": person})
        assert begun.status_code in (201, 400, 404, 422)
        if begun.status_code == 201:
            id_ = begun.json["id"]
            program("PUT", f"/api/v1/uploads/{id_}/data?offset=0", data=b"x")
            assert program("POST", f"/api/v1/uploads/{id_}/finish", json={}).status_code in (
                201,
                400,
                404,
                422,
            )


def test_five_gigabytes_are_refused_before_a_byte_is_sent(program):
    refused = program("POST", "/api/v1/uploads", json={"source": "upload", "bytes_expected": 5 * 1024**3})
    assert refused.status_code == 413
    assert "larger than 2 GB" in refused.json["message"]


# ---------------------------------------------------------------- the port


def test_only_loopback_is_bound_to(app):
    with listening(app, ServerSettings(port=0)) as server:
        assert server.effective_host == "127.0.0.1"
        port = server.effective_port
        for address in _other_addresses():
            with socket.socket() as other:
                other.settimeout(2)
                assert other.connect_ex((address, port)) != 0


def test_a_port_that_is_taken_is_said_plainly(app):
    with (
        listening(app, ServerSettings(port=0)) as server,
        pytest.raises(UsageError, match="choose another with --port"),
        listening(app, ServerSettings(port=server.effective_port)),
    ):
        pass


def _other_addresses():
    found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return [address for address in found if not address.startswith("127.")]
