"""The record page in a real browser whose camera plays a sample: coach, live, stop, recording accepted."""

import json
import time
from pathlib import Path

import pytest
from browser import grave_faults
from live_browser import CHROMIUM, camera_file, chromium, served

from movement_lab.video import probe, read_frames
from movement_lab.workspace.assessments import find_assessment, list_assessments

pytestmark = [
    pytest.mark.pose,
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not here"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # Playwright's own transports
]
pytest.importorskip("playwright")

SAMPLE = Path(__file__).parent.parent / "samples" / "squat_side.mp4"
SOON_MS = 60_000

#: Presses Space the moment recording starts, as a hand that lingers would: to be ignored.
SPACE_AT_ONCE = """() => {
  const stage = document.getElementById("stage");
  window.pressed = 0;
  new MutationObserver(() => {
    if (stage.dataset.state !== "live" || window.pressed) return;
    window.pressed += 1;
    document.dispatchEvent(new KeyboardEvent("keydown", { key: " ", bubbles: true }));
  }).observe(stage, { attributes: true });
}"""

#: Counts live pictures that came as part of a stream, and those that came as JPEG.
COUNT_STREAMED = """() => {
  window.pictures = [0, 0];
  document.addEventListener("live-answer", ({ detail }) => (window.pictures[detail.streamed ? 0 : 1] += 1));
}"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory, pose_model):
    clip = camera_file(SAMPLE, tmp_path_factory.mktemp("camera") / "camera.y4m")
    with chromium(clip) as opened:
        yield opened


@pytest.fixture
def workspace(tmp_path):
    with served(tmp_path / "data") as (address, store):
        yield address, store


@pytest.fixture
def context(browser):
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    yield opened
    opened.close()


def open_page(context, address, query=""):
    """Open the record page and wait for the coach; what goes wrong in it is collected."""
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.on("console", lambda message: page.wrong.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: request.url.startswith(address) or page.wrong.append(request.url))
    page.goto(f"{address}/record{query}")
    page.wait_for_selector("#coach[data-heard]", timeout=SOON_MS)
    return page


def text_becomes(page, selector, wanted):
    """Wait until an element's text satisfies ``wanted``; by looking, as the page's policy forbids eval."""
    until = time.monotonic() + SOON_MS / 1000
    while not wanted(text := page.locator(selector).text_content()):
        assert time.monotonic() < until, text
        page.wait_for_timeout(200)


def start(page):
    page.keyboard.press(" ")
    assert page.inner_text("#countdown") == "5"
    page.wait_for_selector('#stage[data-state="live"]', timeout=SOON_MS)


def stop(page):
    page.keyboard.press(" ")
    page.wait_for_url("**/assessments/*", timeout=SOON_MS)
    return page.url.rpartition("/")[2]


def duration_s(store, id_):
    """Length of an accepted recording, every frame of it decoded."""
    upload = store.folder.assessment(id_).upload
    frames = list(read_frames(upload))
    assert probe(upload).width == 640
    return frames[-1].time_s, len(frames)


def test_coach_live_stop_and_the_recording_is_accepted(context, workspace):
    address, store = workspace
    sockets = []
    context.on("page", lambda opened: opened.on("websocket", lambda socket: sockets.append(socket.url)))
    page = open_page(context, address, "?movement=squat")
    assert page.locator("#coach li").count() == 9
    assert page.inner_text('#coach li[data-check="view"] .name') == "Side on"
    for check in ("body", "light", "person"):  # the last two are seen in pictures the coach asks for
        page.wait_for_selector(f'#coach li[data-check="{check}"]:not(.wait):not(.warn)', timeout=SOON_MS)
    assert page.inner_text("#cost")
    page.evaluate(SPACE_AT_ONCE)
    page.evaluate(COUNT_STREAMED)
    start(page)
    assert page.evaluate("() => window.pressed") == 1
    text_becomes(page, "#count", lambda text: int(text) >= 2)
    assert page.get_attribute("#phase", "data-phase") in ("set", "down", "bottom", "up")
    assert page.inner_text("#delay").endswith(" ms")
    assert page.locator(".ov-bone").count() >= 6
    streamed, jpegs = page.evaluate("() => window.pictures")
    assert streamed > 10 * jpegs  # while recording, the coach asks for no whole pictures
    page.keyboard.press("n")
    assert page.locator(".ov-pill:visible").count() == 0
    assert len(sockets) == 1
    assert sockets[0].startswith("ws://127.0.0.1:")
    id_ = stop(page)
    row = find_assessment(store, id_)
    assert (row.state, row.source) == ("queued", "camera")
    assert row.asked["movement"] == "squat"
    length_s, frames = duration_s(store, id_)
    assert length_s > 6
    assert frames > 15 * length_s
    assert page.wrong == []


def test_a_pause_leaves_nothing_out_and_adds_nothing(context, workspace):
    address, store = workspace
    page = open_page(context, address)
    start(page)
    page.wait_for_timeout(3000)
    page.keyboard.press("p")
    assert page.get_attribute("#stage", "data-state") == "paused"
    page.wait_for_timeout(3000)
    page.keyboard.press("p")
    assert page.get_attribute("#stage", "data-state") == "live"
    page.wait_for_timeout(2000)
    length_s, _ = duration_s(store, stop(page))
    assert 4 < length_s < 7.5
    assert page.wrong == []


def test_a_lost_connection_loses_nothing(context, workspace):
    address, store = workspace
    page = open_page(context, address)
    start(page)
    page.wait_for_timeout(2500)
    context.set_offline(True)
    text_becomes(page, "#notice", lambda text: "kept here" in text)
    page.wait_for_timeout(2500)
    context.set_offline(False)
    page.wait_for_timeout(1000)
    shown_s = float(page.inner_text("#rec-text").rpartition(":")[2])
    length_s, frames = duration_s(store, stop(page))
    assert length_s >= shown_s - 1
    assert frames > 15 * length_s
    assert len(list_assessments(store)) == 1


def test_a_page_that_was_closed_offers_its_recording_and_hands_it_over(context, workspace):
    address, store = workspace
    page = open_page(context, address, "?movement=hinge")
    start(page)
    page.wait_for_timeout(4500)
    page.close()  # no stop: as if the browser had crashed
    page = open_page(context, address)
    page.wait_for_selector("#left-over:not([hidden])", timeout=SOON_MS)
    page.click("#hand-over")
    page.wait_for_url("**/assessments/*", timeout=SOON_MS)
    id_ = page.url.rpartition("/")[2]
    assert find_assessment(store, id_).asked["movement"] == "hinge"
    assert duration_s(store, id_)[0] > 2
    page = open_page(context, address)
    page.wait_for_timeout(500)
    assert page.is_hidden("#left-over")


def test_where_the_browser_has_no_coder_pictures_come_as_jpeg(workspace, browser, repo):
    address, _ = workspace
    context = browser.new_context()
    page = context.new_page()
    script = (repo / "web" / "static" / "record" / "stream.js").read_text()
    without = script.replace('"VideoEncoder" in globalThis', "false")
    assert without != script
    page.route("**/stream.js", lambda route: route.fulfill(body=without, content_type="text/javascript"))
    page.goto(f"{address}/record")
    page.evaluate(COUNT_STREAMED)
    page.wait_for_selector('#coach li[data-check="person"]:not(.wait)', timeout=SOON_MS)
    streamed, jpegs = page.evaluate("() => window.pictures")
    assert streamed == 0
    assert jpegs > 5
    context.close()


#: Codes pictures of a canvas; says of each message whether it stands by itself (has a sequence header, 7).
STREAMED = """async () => {
  const { Stream } = await import("/static/record/stream.js");
  const stream = new Stream();
  const canvas = new OffscreenCanvas(320, 240);
  const brush = canvas.getContext("2d");
  let taken = 0;
  const next = async () => {
    brush.fillRect(10 * taken, 40, 60, 60);
    const picture = new VideoFrame(canvas, { timestamp: 40000 * taken++ });
    const bytes = await stream.next(picture);
    picture.close();
    const starts = (byte, i) => byte === 1 && !bytes[i - 1] && !bytes[i - 2];
    return bytes && [...bytes].some((byte, i) => starts(byte, i) && (bytes[i + 1] & 31) === 7);
  };
  const found = { begun: [await next(), await next()] };
  stream.refused();
  found.refused = [await next(), await next()];
  stream.begin();
  found.reader = [await next(), await next()];
  for (let i = 0; i < 5; i += 1) stream.refused();
  found.often = await next();
  return found;
}"""


def test_after_a_gap_the_stream_goes_on_with_a_key_picture_and_in_the_end_gives_up(workspace, browser):
    address, _ = workspace
    page = browser.new_context().new_page()
    page.goto(f"{address}/settings")
    found = page.evaluate(STREAMED)
    assert found == {
        "begun": [True, False], "refused": [True, False], "reader": [True, False], "often": None
    }  # fmt: skip
    page.context.close()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_axe_finds_nothing_grave_before_and_while_recording(workspace, browser, width, dark):
    address, _ = workspace
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme="dark" if dark else "light", bypass_csp=True
    )
    page = open_page(context, address)
    assert grave_faults(page) == []
    start(page)
    assert grave_faults(page) == []
    context.close()


def test_without_a_camera_the_page_says_what_to_do(workspace, browser):
    address, _ = workspace
    context = browser.new_context()
    context.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => { throw new Error('refused') }"
    )
    page = context.new_page()
    page.goto(f"{address}/record")
    text_becomes(page, "#more", lambda text: "press R" in text)
    assert page.is_disabled("#start")
    context.close()


def test_choices_change_what_is_coached_and_declared(context, workspace):
    address, _ = workspace
    page = open_page(context, address)
    page.click("#choose")
    page.select_option("#choices select[name=view]", "front")
    page.select_option("#choices select[name=movement]", "squat")
    page.click("#choices button")
    page.wait_for_selector('#coach li.warn[data-check="view"]', timeout=SOON_MS)
    assert page.inner_text('#coach li[data-check="view"] .name') == "Front on"
    assert page.inner_text("#start-text") == "Start as it is"
    text_becomes(page, "#cost", lambda text: "off" in text)


def test_two_cameras_at_once_stay_alive(browser, workspace):
    address, _ = workspace
    contexts = [browser.new_context() for _ in range(2)]
    pages = [open_page(each, address) for each in contexts]
    for page in pages:
        page.evaluate(
            "window.answered = 0; document.addEventListener('live-answer', () => window.answered++)"
        )
    until = time.monotonic() + 60
    counts = []
    while time.monotonic() < until:
        pages[0].wait_for_timeout(1000)
        counts = [page.evaluate("() => window.answered") for page in pages]
        if min(counts) > 10:
            break
    assert min(counts) > 10, json.dumps(counts)
    for each in contexts:
        each.close()
