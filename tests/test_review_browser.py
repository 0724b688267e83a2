"""The review page in a real browser: seek, step, jump, layers, adjust, agree, by mouse and by keyboard."""

import json
import re

import pytest
from browser import grave_faults, opened_browser, served, until
from make_report import make_report
from workspace_rows import add_done, figure

from movement_lab.exporters.words import Words
from movement_lab.server import create_app
from movement_lab.storage import open_store
from movement_lab.workspace.assessments import find_assessment

#: The machine may be busy with other things: nothing here is about speed.
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser():
    with opened_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("review") / "data")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(store):
    with served(create_app(store)) as address:
        yield address


def is_fault(message):
    """Say whether the console tells of a fault: not the refusals and readings of pixels of these tests."""
    ours = "status of 400" in message.text or "willReadFrequently" in message.text
    return message.type in ("error", "warning") and not ours


@pytest.fixture
def visit(browser, address):
    """Open the page of an assessment; afterwards nothing may have gone wrong or left this server."""
    pages, said, asked = [], [], []

    def open_page(id_, *, width=1280, dark=False, path=""):
        page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda m: said.append(m.text) if is_fault(m) else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/assessments/{id_}{path}")
        page.wait_for_selector("html[data-ready]")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


@pytest.fixture(scope="module")
def filmed(store):
    return add_done(store, figure())


def picture_of(page):
    """Number of the picture the page says it shows."""
    return int(re.search(r"(\d+)$", page.inner_text("#time")).group(1))


def data_of(page):
    return json.loads(page.evaluate("document.getElementById('review-data').textContent"))


def overlay_of(page):
    return page.evaluate("path => fetch(path).then(answer => answer.json())", data_of(page)["overlay"])


def frames_of(page):
    return overlay_of(page)["frames"]


def reps_of(page):
    return data_of(page)["reps"]


def film_time(page):
    until(page, "!document.getElementById('film').seeking")
    return page.evaluate("document.getElementById('film').currentTime")


def plays_on(page, from_):
    until(page, f"Number(document.getElementById('time').textContent.match(/[0-9]+$/)[0]) > {from_}")


def seen(page, selector):
    """How many of these elements take room on the screen."""
    script = "all => all.filter(one => one.getBoundingClientRect().width > 0).length"
    return page.eval_on_selector_all(selector, script)


def covered(page, x, y):
    """Whether the face cover hides this point of the picture, wholly."""
    pen = "document.getElementById('cover').getContext('2d')"
    return page.evaluate(f"{pen}.getImageData({int(x)}, {int(y)}, 1, 1).data[3] === 255")


# ---------------------------------------------------------------- one clock


def test_arrow_keys_step_a_picture_and_with_shift_a_repetition(visit, filmed):
    page = visit(filmed)
    frames, reps = frames_of(page), reps_of(page)
    opened = picture_of(page)
    assert abs(frames[opened] - reps[1]["turn_s"]) < 0.05
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert picture_of(page) == opened + 1
    at = film_time(page)
    assert frames[opened + 1] <= at < frames[opened + 2]
    page.keyboard.press("Shift+ArrowRight")
    assert abs(frames[picture_of(page)] - reps[2]["turn_s"]) < 0.05
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    assert abs(frames[picture_of(page)] - reps[0]["turn_s"]) < 0.05
    assert page.get_attribute('.reps [data-rep="1"]', "aria-pressed") == "true"


def test_a_click_on_a_curve_seeks_and_every_playhead_and_number_follows(visit, filmed):
    page = visit(filmed)
    before = page.inner_text('[data-panel="2"] output')
    box = page.locator("#curves .panel").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.02, box["y"] + 40)
    assert abs(film_time(page) - 0.02 * data_of(page)["duration_s"]) < 0.1
    places = "all => all.map(one => one.getAttribute('x1'))"
    across = page.eval_on_selector_all("#curves .panel .head-line", places)
    assert len(set(across)) == 1
    assert page.inner_text('[data-panel="2"] output') != before
    assert page.inner_text('[data-panel="2"] .range') != ""


def test_rep_buttons_slider_and_evidence_seek(visit, filmed):
    page = visit(filmed)
    reps, frames = reps_of(page), frames_of(page)
    page.click('.reps [data-rep="3"]')
    assert abs(frames[picture_of(page)] - reps[2]["turn_s"]) < 0.05
    page.focus("#head")
    shown = picture_of(page)
    page.keyboard.press("ArrowLeft")
    assert picture_of(page) == shown - 1
    page.click("#forward-one")
    assert picture_of(page) == shown


def test_space_plays_and_stops_at_the_chosen_speed(visit, filmed):
    page = visit(filmed)
    page.click('[data-rate="0.25"]')
    assert page.evaluate("document.getElementById('film').playbackRate") == 0.25
    page.evaluate("document.activeElement.blur()")
    begun = picture_of(page)
    page.keyboard.press("Space")
    plays_on(page, begun + 2)
    page.keyboard.press("Space")
    assert page.evaluate("document.getElementById('film').paused")
    assert page.get_attribute("#play", "aria-label") == "Play"


def test_joints_are_drawn_where_the_points_are(visit, filmed):
    page = visit(filmed)
    overlay = overlay_of(page)
    nearest = min(
        range(len(overlay["time"])), key=lambda n: abs(overlay["time"][n] - reps_of(page)[1]["turn_s"])
    )
    page.click('.reps [data-rep="2"]')
    box = "one => { const b = one.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }"
    stage = page.locator("#stage").bounding_box()
    scale = stage["width"] / overlay["size"][0]
    for number, point in enumerate(overlay["joints"]):
        x, y = page.locator(".ov-joint").nth(number).evaluate(box)
        true = overlay["points"]["xy"][nearest][2 * point : 2 * point + 2]
        assert abs(x - stage["x"] - true[0] * scale) < 3
        assert abs(y - stage["y"] - true[1] * scale) < 3


def test_layers_are_switched_one_by_one(visit, filmed):
    page = visit(filmed)
    assert seen(page, ".ov-joint") > 4
    assert seen(page, ".ov-wedge") > 0
    page.click('[data-layer="skeleton"]')
    assert (seen(page, ".ov-joint"), seen(page, ".ov-bone")) == (0, 0)
    page.focus('[data-layer="angles"]')
    page.keyboard.press("Enter")
    assert seen(page, ".ov-wedge") == 0
    assert page.get_attribute('[data-layer="angles"]', "aria-pressed") == "false"
    page.keyboard.press("Enter")
    assert seen(page, ".ov-wedge") > 0


def test_the_face_cover_hides_the_head_and_fails_closed(visit, filmed):
    page = visit(filmed)
    discs = overlay_of(page)["cover"]["discs"][picture_of(page)]
    page.click('[data-layer="cover"]')
    film_time(page)
    x, y, _ = discs[len(discs) // 2]
    pen = "document.getElementById('cover').getContext('2d')"
    until(page, f"{pen}.getImageData({int(x)}, {int(y)}, 1, 1).data[3] === 255")
    assert not covered(page, 2, 2)
    page.evaluate("document.getElementById('film').dispatchEvent(new Event('seeking'))")
    assert covered(page, 2, 2)
    assert covered(page, x, y)


def test_without_a_film_the_figure_plays_by_itself(visit, store):
    page = visit(add_done(store, figure("hinge"), filmed=False))
    assert page.locator("#film").count() == 0
    assert seen(page, ".ov-joint") > 4
    begun = picture_of(page)
    page.keyboard.press("ArrowRight")
    assert picture_of(page) == begun + 1
    page.keyboard.press("Space")
    plays_on(page, begun + 3)
    page.keyboard.press("Space")
    assert page.get_attribute("#play", "aria-label") == "Play"


# ---------------------------------------------------------------- adjust


def adjusted(page):
    page.click("#sheet [type=submit]")
    page.wait_for_selector("#adjusted")
    page.wait_for_selector("html[data-ready]")


def test_borders_are_dragged_and_the_result_shows_beside_the_machines(visit, store):
    id_ = add_done(store, figure())
    page = visit(id_)
    before = reps_of(page)
    page.click("#adjust")
    handle = page.locator('.mark[data-mark="0.end_s"]')
    box = handle.locator(".grab").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 - 14, box["y"] + 50, steps=4)
    page.mouse.up()
    moved = float(handle.get_attribute("aria-valuenow"))
    assert moved < before[0]["end_s"] - 0.05
    assert abs(film_time(page) - moved) < 0.1
    adjusted(page)
    after = reps_of(page)
    assert abs(after[0]["end_s"] - moved) < 0.03
    assert after[1:] == before[1:]
    assert "Repetition 1" in page.inner_text("#adjusted")
    page.click("text=Machine's original")
    page.wait_for_selector("html[data-ready]")
    assert reps_of(page) == before
    page.click("text=Back to the adjusted result")
    page.wait_for_selector("#adjusted")
    page.wait_for_selector("html[data-ready]")
    page.click("[data-restore]")
    page.wait_for_selector("#adjusted", state="detached")
    assert find_assessment(store, id_).corrections is None


def test_everything_is_adjusted_by_keyboard_alone(visit, store):
    id_ = add_done(store, figure(), filmed=False)
    page = visit(id_)
    before = reps_of(page)
    page.focus("#adjust")
    page.keyboard.press("Enter")
    page.focus('.mark[data-mark="1.start_s"]')
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.fill('#marks li:nth-child(3) [name="end_s"]', f"{before[2]['end_s'] - 0.2:.2f}")
    page.keyboard.press("Tab")
    page.focus("#marks li:nth-child(1) button")
    page.keyboard.press("Enter")
    assert page.locator("#marks li").count() == 2
    page.fill('[name="standing_start"]', "0.20")
    page.fill('[name="standing_end"]', "1.10")
    page.select_option('[name="movement"]', "squat")
    page.focus("#sheet [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#adjusted")
    page.wait_for_selector("html[data-ready]")
    row = find_assessment(store, id_)
    declared = row.corrections["declared"]
    assert declared["movement"] == "squat"
    assert declared["standing"] == [0.2, 1.1]
    assert len(declared["reps"]) == 2
    assert declared["reps"][0]["start_s"] < before[1]["start_s"] - 0.03
    page.click("[data-undo]")
    page.wait_for_selector("#adjusted", state="detached")


def test_a_repetition_is_added_at_the_playhead(visit, store):
    id_ = add_done(store, figure(), filmed=False)
    page = visit(id_)
    before = reps_of(page)
    page.click("#adjust")
    page.click("#marks li:nth-child(2) button")
    page.click("[data-close]")
    page.click('.reps [data-rep="2"]')
    page.click("#adjust")
    page.click("[data-add]")
    assert page.locator("#marks li").count() == 3
    added = float(page.input_value('#marks li:nth-child(2) [name="turn_s"]'))
    assert abs(added - before[1]["turn_s"]) < 0.2
    page.click("[data-find-reps]")
    assert page.inner_text("#reps-state") != ""


def test_a_refusal_is_said_in_words_and_the_sheet_closes_with_escape(visit, store):
    id_ = add_done(store, figure(), filmed=False)
    page = visit(id_)
    page.click("#adjust")
    page.route(
        "**/corrections", lambda route: route.fulfill(status=400, json={"message": "Move one of the two."})
    )
    page.select_option('[name="movement"]', "hinge")
    page.click("#sheet [type=submit]")
    page.wait_for_selector("#sheet .problem:not([hidden])")
    assert page.inner_text("#sheet .problem") == "Move one of the two."
    page.focus("[data-close]")
    page.keyboard.press("Escape")
    assert page.locator("#sheet").is_hidden()
    assert page.evaluate("document.activeElement.id") == "adjust"


# ---------------------------------------------------------------- findings


def test_agree_not_so_and_comment_are_kept(visit, store):
    id_ = add_done(store, make_report(), filmed=False)
    page = visit(id_)
    first = page.locator(".said").first
    first.locator('[data-say="agree"]').click()
    until(page, "document.querySelector('.said').dataset.verdict === 'agree'")
    assert first.locator('[data-say="agree"]').inner_text() == "Agreed"
    assert page.inner_text("#reviewed").startswith("1 of")
    first.locator("[data-write]").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Only with the left shoe")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(".said [data-comment]:not([hidden])")
    last = page.locator(".said").last
    last.locator('[data-say="not_so"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".find > li.folded")
    page.reload()
    page.wait_for_selector("html[data-ready]")
    assert page.locator(".said").first.get_attribute("data-verdict") == "agree"
    assert "Only with the left shoe" in page.inner_text(".find")
    assert page.locator(".find > li.folded").count() == 1
    page.locator(".find > li.folded [data-unfold]").click()
    assert page.locator(".find > li.folded [data-say=agree]").is_visible()


# ---------------------------------------------------------------- for everybody


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_grave(visit, store, width, dark):
    id_ = add_done(store, make_report(spine="stickers"), filmed=False)
    page = visit(id_, width=width, dark=dark)
    assert grave_faults(page) == []
    page.click("#adjust")
    page.evaluate("document.querySelectorAll('details').forEach(one => (one.open = true))")
    assert grave_faults(page) == []
    across = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert across <= 0


def test_a_patients_page_is_calm_and_whole(visit, store, address):
    from movement_lab.server.look import Look, save_look

    save_look(store, Look("de", "wellness"))
    try:
        page = visit(add_done(store, figure(), look=Words("de", "wellness")), width=390)
        assert page.locator(".said").count() == 0
        assert seen(page, ".ov-pill text") <= 4
        page.keyboard.press("ArrowRight")
        assert grave_faults(page) == []
    finally:
        save_look(store, Look())
