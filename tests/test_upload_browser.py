"""Files of every kind, uploaded in a real browser to a real server: chosen or dropped, then watched."""

import base64
import time

import pytest
from browser import grave_faults, opened_browser
from served import serving
from short_clips import short_clip
from video_clips import numbered

pytestmark = [
    pytest.mark.pose,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Playwright's own transports
]
pytest.importorskip("playwright")

SOON_MS = 60_000
#: Name, container, coder: what phones, cameras, browsers and old programs write.
KINDS = [
    ("phone.mov", "mov", {"codec": "libx265", "x265-params": "log-level=none"}),
    ("browser.webm", "webm", {"codec": "libvpx-vp9", "deadline": "realtime", "cpu-used": "8"}),
    ("camera.avi", "avi", {"codec": "mjpeg", "pix_fmt": "yuvj420p"}),
    ("studio.mkv", "matroska", {}),
    ("<img src=x onerror=alert(1)>.txt", "mp4", {}),  # its name says nothing true
]
#: What is no recording.
OTHERS = [("notes.mp4", b"no film at all " * 400), ("empty.mov", b"")]

DROP = """([name, coded]) => {
  const bytes = Uint8Array.from(atob(coded), (char) => char.charCodeAt(0));
  const dropped = new DataTransfer();
  dropped.items.add(new File([bytes], name));
  for (const type of ["dragover", "drop"])
    document.dispatchEvent(new DragEvent(type, { dataTransfer: dropped, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, pose_model):
    with serving(tmp_path_factory.mktemp("workspace") / "data", pose_model) as running:
        yield running


@pytest.fixture
def page(server):
    with opened_browser() as browser:
        context = browser.new_context(viewport={"width": 390, "height": 844})
        opened, address = context.new_page(), "http://{}:{}".format(*server.address)
        opened.address, opened.wrong = address, []
        opened.on("pageerror", lambda error: opened.wrong.append(str(error)))
        opened.on("dialog", lambda dialog: opened.wrong.append(dialog.message) or dialog.dismiss())
        yield opened
        context.close()


def hand_in(page, name, data, *, dropped=False):
    """Upload a file; returns the assessment's identifier, or what the page says instead."""
    page.goto(f"{page.address}/#upload")
    if dropped:
        page.evaluate(DROP, [name, base64.b64encode(data).decode()])
    else:
        page.set_input_files("#video", {"name": name, "mimeType": "", "buffer": data})
    page.click("#upload-form button[type=submit]")
    until = time.monotonic() + SOON_MS / 1000
    while "/assessments/" not in page.url:
        if page.locator("#upload-problem").is_visible():
            return page.inner_text("#upload-problem")
        assert time.monotonic() < until
        page.wait_for_timeout(100)
    page.wait_for_load_state()
    return page.url.rpartition("/")[2]


def test_each_kind_of_file_is_assessed_and_shown(server, page, tmp_path):
    ids = {}
    for number, (name, container, how) in enumerate(KINDS):
        made = short_clip(tmp_path / f"clip_{number}", end_s=4.6, every=3, container=container, **how)
        ids[name] = hand_in(page, name, made.read_bytes(), dropped=number % 2 == 1)
    for name, id_ in ids.items():
        row = server.ended(id_)
        assert row["state"] == "done", row
        assert row["file_name"] == name
        assert row["summary"]["reps"] == 1
        page.goto(f"{page.address}/assessments/{id_}")
        page.wait_for_selector("video")
        until = time.monotonic() + 30
        while not page.evaluate("() => document.querySelector('video').videoWidth"):
            assert time.monotonic() < until, f"{name} is not shown"
            page.wait_for_timeout(100)
    assert grave_faults(page) == []
    assert page.wrong == []


@pytest.mark.parametrize(("name", "data"), [*OTHERS, ("picture.mp4", None)])
def test_what_is_no_recording_is_said_so_in_words(server, page, name, data):
    import cv2

    data = cv2.imencode(".png", numbered(3))[1].tobytes() if data is None else data
    told = hand_in(page, name, data)
    if "/assessments/" in page.url:
        row = server.ended(told)
        assert row["state"] == "failed"
        told = row["reason"]
        page.get_by_text(told[:40]).first.wait_for(
            timeout=SOON_MS
        )  # the page that was waiting says so itself
    assert len(told.split()) > 4
    assert "Traceback" not in told
    assert page.wrong == []
