"""With a password set nobody sees anything before it; sessions begin anew, and end; tries are counted."""

import base64
import stat
from datetime import timedelta

import pytest
from asking import HERE, Browser, browser
from click.testing import CliRunner

from movement_lab.cli import main
from movement_lab.errors import UsageError
from movement_lab.server import create_app
from movement_lab.server.run import serve
from movement_lab.server.settings import ServerSettings
from movement_lab.storage import SignIn, SignInTry, open_store
from movement_lab.workspace import signing_in

PASSWORD = "four words will do"


@pytest.fixture
def open_to_all(tmp_path):
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def store(open_to_all):
    signing_in.set_password(open_to_all.folder, PASSWORD)
    return open_to_all


@pytest.fixture
def visitor(store):
    return browser(store)


def sign_in(visitor, password=PASSWORD, **query):
    visitor.get("/sign-in")
    return visitor.post("/sign-in" + (f"?next={query['next']}" if query else ""), {"password": password})


def basic(password, name=""):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_without_a_password_everybody_on_this_machine_is_in(open_to_all):
    assert browser(open_to_all).get("/").status_code == 200


def test_every_address_but_sign_in_and_static_files_asks_for_it(store, visitor):
    app = create_app(store)
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "auth.sign_in", "auth.enter"):
            continue
        path = rule.rule
        for name in rule.arguments:
            converter = next(c for c in ("<int:", "<path:", "<") if f"{c}{name}>" in path)
            path = path.replace(f"{converter}{name}>", "1")
        answer = visitor.get(path)
        allowed = (401,) if path.startswith("/api/") else (303,)
        assert answer.status_code in allowed, path
        assert answer.headers.get("Location", "/sign-in").startswith("/sign-in")
    assert visitor.get("/nothing/here").status_code == 303
    assert visitor.get("/static/style.css").status_code == 200


def test_the_right_password_leads_to_what_was_wanted(visitor):
    assert visitor.get("/?from=0").headers["Location"] == "/sign-in?next=/?from%3D0"
    assert sign_in(visitor, next="/?from%3D0").headers["Location"] == "/?from=0"
    page = visitor.get("/")
    assert page.status_code == 200
    assert "Sign out" in page.get_data(as_text=True)
    assert visitor.get("/sign-in").status_code == 302


def test_the_wrong_one_is_said_and_lets_nobody_in(visitor):
    refused = sign_in(visitor, "four words will not")
    assert refused.status_code == 401
    assert "not right" in refused.get_data(as_text=True)
    assert visitor.get("/").status_code == 303


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%0d%0ax:y"],
)
def test_nobody_is_led_elsewhere_after_signing_in(visitor, elsewhere):
    assert sign_in(visitor, next=elsewhere).headers["Location"] == "/"


def test_a_session_planted_before_sign_in_is_worth_nothing_after_it(store):
    app = create_app(store)
    mine, planted = Browser(app.test_client()), Browser(app.test_client())
    planted.get("/sign-in")
    cookie = planted.client.get_cookie("movement_lab", domain="127.0.0.1").value
    mine.client.set_cookie("movement_lab", cookie, domain="127.0.0.1")
    sign_in(mine)
    assert mine.get("/").status_code == 200
    assert mine.client.get_cookie("movement_lab", domain="127.0.0.1").value != cookie
    assert planted.get("/").status_code == 303


def test_signing_out_ends_the_session_for_copies_of_its_cookie_too(store):
    app = create_app(store)
    mine, copy = Browser(app.test_client()), Browser(app.test_client())
    sign_in(mine)
    copy.client.set_cookie(
        "movement_lab", mine.client.get_cookie("movement_lab", domain="127.0.0.1").value, domain="127.0.0.1"
    )
    assert copy.get("/").status_code == 200
    mine.get("/")
    assert mine.post("/sign-out").headers["Location"] == "/sign-in"
    assert mine.get("/").status_code == 303
    assert copy.get("/").status_code == 303


def test_sign_in_and_sign_out_want_the_token_of_their_page(visitor):
    assert visitor.post("/sign-in", {"password": PASSWORD}).status_code == 400
    sign_in(visitor)
    visitor.token = ""
    assert visitor.post("/sign-out").status_code == 400


@pytest.mark.parametrize(("column", "age"), [("seen_at", signing_in.IDLE), ("made_at", signing_in.AT_MOST)])
def test_sessions_end_by_themselves(store, visitor, column, age):
    sign_in(visitor)
    with store.session() as session:
        row = session.query(SignIn).one()
        setattr(row, column, getattr(row, column) - age - timedelta(seconds=1))
    assert visitor.get("/").status_code == 303


def test_a_new_password_ends_every_session(store, visitor):
    sign_in(visitor)
    signing_in.set_password(store.folder, PASSWORD + "!")
    assert visitor.get("/").status_code == 303


def test_tries_are_counted_for_each_address_and_a_restart_forgives_none(store):
    def tries(address):
        visitor = browser(store)  # a new application each time
        visitor.client.environ_base["REMOTE_ADDR"] = address
        return sign_in(visitor, "wrong").status_code, sign_in(visitor)

    codes = [tries("203.0.113.5") for _ in range(3)]
    assert [code for code, _ in codes][:1] == [401]
    with store.session() as session:
        session.query(SignInTry).delete()
    for _ in range(signing_in.MOST_TRIES):
        with pytest.raises(signing_in.WrongPasswordError):
            signing_in.sign_in(store, "wrong", "203.0.113.5")
    code, right = tries("203.0.113.5")
    assert (code, right.status_code) == (429, 429)
    assert int(right.headers["Retry-After"]) > 0
    assert "Wait" in right.get_data(as_text=True)
    assert tries("203.0.113.6")[1].status_code == 303  # nobody else is locked out
    with store.session() as session:
        for row in session.query(SignInTry):
            row.at -= signing_in.WINDOW
    assert tries("203.0.113.5")[1].status_code == 303


def test_all_addresses_of_one_household_count_together():
    assert signing_in.network_of("2001:db8:1:2:3:4:5:6") == signing_in.network_of("2001:db8:1:2::1")
    assert signing_in.network_of("2001:db8:1:2::1") != signing_in.network_of("2001:db8:1:3::1")
    assert signing_in.network_of("::ffff:203.0.113.5") == signing_in.network_of("203.0.113.5")


def test_programs_send_the_password_along(store):
    client = create_app(store).test_client()
    refused = client.get("/api/v1/assessments", base_url=HERE)
    assert (refused.status_code, refused.json["code"]) == (401, 401)
    assert refused.headers["WWW-Authenticate"].startswith("Basic")
    for name in ("", "somebody"):
        answer = client.get("/api/v1/assessments", base_url=HERE, headers=basic(PASSWORD, name))
        assert answer.json == []
    assert client.get("/api/v1/assessments", base_url=HERE, headers=basic("wrong")).status_code == 401
    assert client.get("/", base_url=HERE, headers=basic(PASSWORD)).status_code == 303


def test_programs_that_guess_are_stopped(store):
    client = create_app(store).test_client()
    answers = [
        client.get("/api/v1/assessments", base_url=HERE, headers=basic("wrong"))
        for _ in range(signing_in.MOST_TRIES + 1)
    ]
    assert [answer.status_code for answer in answers] == [401] * signing_in.MOST_TRIES + [429]
    assert "Retry-After" in answers[-1].headers


def test_a_browser_gets_no_window_that_asks_for_a_password(visitor):
    refused = visitor.fetch("GET", "/api/v1/assessments")
    assert refused.status_code == 401
    assert "WWW-Authenticate" not in refused.headers


def test_behind_https_cookies_are_bound_to_it(store):
    visitor = browser(store, https=True, names=("clinic.example",))
    answer = sign_in(visitor)
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-movement_lab=")
    for flag in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert flag in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert visitor.get("/").status_code == 200
    plain = visitor.fetch("POST", "/api/v1/uploads", {"source": "upload"}, Origin="http://clinic.example")
    assert plain.status_code == 403


def test_the_password_is_kept_as_argon2_for_its_owner_alone(store):
    stored = store.folder.password
    assert stored.read_text().startswith("$argon2id$")
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


@pytest.mark.parametrize("poor", ["", "short", "x" * 11, "x" * 2000])
def test_poor_passwords_are_refused(open_to_all, poor):
    with pytest.raises(UsageError):
        signing_in.set_password(open_to_all.folder, poor)


@pytest.mark.parametrize("reached", [{"host": "0.0.0.0"}, {"names": ("clinic.example",)}, {"https": True}])
def test_others_are_not_served_without_a_password(tmp_path, reached):
    with pytest.raises(UsageError, match="--set-password"):
        serve(tmp_path, ServerSettings(port=0, **reached), browser=False, tell=print)


def test_the_command_line_asks_twice(tmp_path):
    def run(typed):
        return CliRunner().invoke(main, ["serve", "--data", str(tmp_path), "--set-password"], input=typed)

    assert run(f"{PASSWORD}\nsomething else\n").exit_code == 1
    assert not (tmp_path / "password.hash").exists()
    done = run(f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0
    assert PASSWORD not in done.output
    assert (tmp_path / "password.hash").exists()
