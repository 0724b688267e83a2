"""The whole way in a real browser, over a real server with its worker: film, read, agree, compare, print."""

import time
from pathlib import Path

import pytest
from browser import chromium_path, grave_faults
from live_browser import camera_file, chromium
from served import serving

pytestmark = [
    pytest.mark.pose,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Playwright's own transports
]
pytest.importorskip("playwright")

SAMPLES = Path(__file__).parent.parent / "samples"
SOON_MS = 60_000


@pytest.fixture(scope="module")
def server(tmp_path_factory, pose_model):
    with serving(tmp_path_factory.mktemp("workspace") / "data", pose_model) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    chromium_path()
    clip = camera_file(SAMPLES / "squat_side.mp4", tmp_path_factory.mktemp("camera") / "camera.y4m")
    with chromium(clip, chromium_path()) as opened:
        yield opened


@pytest.fixture
def page(browser, server):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    opened, address = context.new_page(), "http://{}:{}".format(*server.address)
    opened.address, opened.strayed = address, []
    home = (address, "blob:", "data:")
    context.on("request", lambda each: each.url.startswith(home) or opened.strayed.append(each.url))
    yield opened
    context.close()


def result_of(page, server):
    """Wait on an assessment's page until its result is there; return its identifier."""
    id_ = page.url.rpartition("/")[2].partition("?")[0]
    row = server.ended(id_)
    assert row["state"] == "done", row
    page.wait_for_selector("h1:has-text('Squat, ')", timeout=SOON_MS)
    return id_


def test_a_person_is_filmed_twice_and_both_visits_are_read_compared_and_printed(page, server):
    # Somebody new, filmed with the camera.
    _status, person = server.ask("POST", "/api/v1/people", {"code": "K7-204", "height_cm": 172})
    page.goto(f"{page.address}/record?person={person['id']}&movement=squat")
    page.wait_for_selector('#coach li[data-check="body"]:not(.wait):not(.warn)', timeout=SOON_MS)
    page.keyboard.press(" ")
    page.wait_for_selector('#stage[data-state="live"]', timeout=SOON_MS)
    until = time.monotonic() + SOON_MS / 1000
    while int(page.text_content("#count")) < 3:
        assert time.monotonic() < until
        page.wait_for_timeout(200)
    page.wait_for_timeout(1500)
    page.keyboard.press(" ")
    page.wait_for_url("**/assessments/*", timeout=SOON_MS)
    filmed = result_of(page, server)
    told = server.insist("GET", f"/api/v1/assessments/{filmed}")[1]
    assert told["person_id"] == person["id"]
    assert told["summary"]["movement"] == "squat"
    assert told["summary"]["reps"] >= 2

    # The same person again, from a file.
    page.goto(f"{page.address}/?person={person['id']}#upload")
    page.set_input_files("#video", SAMPLES / "squat_side_heels_rise.mp4")
    page.select_option("#upload-form select[name=view]", "")  # filmed from the other side
    page.click("#upload-form button[type=submit]")
    page.wait_for_url("**/assessments/*", timeout=SOON_MS)
    uploaded = result_of(page, server)

    # Read and agree, by keyboard.
    page.wait_for_load_state("networkidle")
    first = page.locator('.find button[data-say="agree"]').first
    first.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector('.find button[data-say="agree"][aria-pressed="true"]', timeout=SOON_MS)
    assert grave_faults(page) == []

    # Compare both, print both kinds.
    page.goto(f"{page.address}/compare?then={filmed}&now={uploaded}")
    assert page.locator("h1").count() == 1
    assert page.inner_text("h1").startswith("Squat, left side")
    assert grave_faults(page) == []
    for audience in ("therapist", "patient"):
        status, pdf = server.ask("GET", f"/assessments/{uploaded}/print/{audience}.pdf")
        assert (status, pdf[:5]) == (200, b"%PDF-")
    page.goto(f"{page.address}/people/{person['id']}")
    assert "K7-204" in page.inner_text("h1")
    assert page.strayed == []
