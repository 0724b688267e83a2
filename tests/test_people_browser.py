"""People, visits, comparing and settings in a real browser: by keyboard, in both schemes, at both sizes."""

from datetime import timedelta

import pytest
from browser import grave_faults, opened_browser, served
from people_rows import DAY, add_assessment, add_person, film_report

from movement_lab.server import create_app
from movement_lab.storage import Person, open_store
from movement_lab.workspace import people

_FOCUSED = "((each) => `${each.name}|${each.innerText || each.value || ''}`)(document.activeElement)"
SIZES = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("browser") / "data")
    person = add_person(store, side="right", notes="Likes mornings")
    ids = [
        add_assessment(store, film_report(knee), person=person, at=DAY + timedelta(weeks=week))
        for week, knee in enumerate((92, 93, 104))
    ]
    with opened_browser() as browser, served(create_app(store)) as address:
        yield store, person, ids, browser, address
    store.close()


@pytest.fixture
def page(place):
    yield from opened(place[3], "desktop", "light")


def opened(browser, size, scheme):
    """Lend a page that watches: no request leaves the address, no script complains."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    seen = {"hosts": set(), "complaints": []}
    page.on("request", lambda request: seen["hosts"].add(request.url.split("/")[2].split(":")[0]))
    page.on("console", lambda line: seen["complaints"].append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: seen["complaints"].append(str(error)))
    yield page
    context.close()
    assert seen["hosts"] <= {"127.0.0.1"}
    assert seen["complaints"] == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible_and_fits(place, size, scheme):
    _, person, ids, browser, address = place
    urls = [
        "/",
        f"/?person={person}#upload",
        "/people",
        "/people/new",
        f"/people/{person}",
        f"/people/{person}/delete",
    ]
    urls += [
        f"/people/assign/{ids[0]}",
        f"/compare?then={ids[1]}&now={ids[2]}",
        "/compare/choose",
        "/settings",
    ]
    urls += ["/settings/delete/everything"]
    for page in opened(browser, size, scheme):
        for url in urls:
            page.goto(address + url)
            page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
            assert grave_faults(page) == [], url
            wider = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wider <= 0, url


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def tab_to(page, what):
    """Go to the first element with this text or name by keyboard, as nobody with a mouse would."""
    for _ in range(150):
        page.keyboard.press("Tab")
        name = page.evaluate(_FOCUSED)
        if what in name:
            return
    raise AssertionError(f"{what} can't be reached by keyboard")


def test_a_person_is_added_assigned_and_deleted_by_keyboard(place, page):
    store, _, _, _, address = place
    alone = add_assessment(store, film_report(92), at=DAY + timedelta(weeks=4))
    page.goto(f"{address}/people")
    tab_to(page, "New person")
    press(page, "Enter")
    page.wait_for_url("**/people/new")
    tab_to(page, "notes")
    page.keyboard.type("Comes on Tuesdays")
    tab_to(page, "Save")
    press(page, "Enter")
    page.wait_for_url(lambda url: "/people/" in url and not url.endswith("/new"))
    assert page.get_by_text("Comes on Tuesdays").is_visible()
    code, id_ = page.locator("h1").inner_text(), page.url.rsplit("/", 1)[-1]

    page.goto(f"{address}/people/assign/{alone}")
    tab_to(page, "person_id")
    page.keyboard.type(code)
    tab_to(page, "label")
    page.keyboard.type("By keyboard")
    press(page, "Enter")
    page.wait_for_url(f"**/people/{id_}")
    assert page.get_by_text("By keyboard").first.is_visible()

    tab_to(page, "Delete this person")
    press(page, "Enter")
    page.wait_for_url("**/delete")
    tab_to(page, "assessments|")
    press(page, "ArrowDown")
    tab_to(page, "Delete permanently")
    press(page, "Enter")
    page.wait_for_url("**/people")
    assert page.get_by_text("Deleted permanently.").is_visible()
    assert not store.folder.assessment(alone).path.exists()
    assert id_ not in [person.id for person in people.list_people(store)]


def test_two_assessments_are_chosen_and_swapped_by_keyboard(place, page):
    _, person, ids, _, address = place
    page.goto(f"{address}/compare/choose?person={person}")
    assert page.locator("input[name=now]:checked").get_attribute("value") == ids[2]
    tab_to(page, "then|")
    press(page, "ArrowDown")  # the oldest
    assert page.locator("input[name=then]:checked").get_attribute("value") == ids[0]
    tab_to(page, "Compare")
    press(page, "Enter")
    page.wait_for_url("**/compare?*")
    verdict = page.locator(".verdict").inner_text()
    assert "real change" in verdict
    assert page.locator("tr.real", has_text="Knee bend").locator("td").nth(4).inner_text() == "+12°"
    tab_to(page, "Swap")
    press(page, "Enter")
    page.wait_for_url(f"**then={ids[2]}*")
    assert page.locator("tr.real", has_text="Knee bend").locator("td").nth(4).inner_text() == "−12°"
    assert page.locator(".verdict").inner_text() == verdict
    assert page.locator("[data-print]").is_visible()


def test_drawings_lay_themselves_out_for_a_phone(place):
    _, _, ids, browser, address = place
    for page in opened(browser, "phone", "light"):
        page.goto(f"{address}/compare?then={ids[0]}&now={ids[2]}")
        visible = page.locator(".cmp thead th:visible")
        assert visible.all_inner_texts() == ["Measure", "Now", "Change", "Reading"]
        size = page.locator(".panel text").first.evaluate("(each) => getComputedStyle(each).fontSize")
        box = page.locator(".panel").first.bounding_box()
        assert float(size.removesuffix("px")) >= 11
        assert box["width"] < 390
        assert (
            page.locator(".panel text").first.evaluate("(each) => each.getBoundingClientRect().height") >= 12
        )


def test_settings_are_chosen_by_keyboard(place, page):
    store, _, _, _, address = place
    page.goto(f"{address}/settings")
    tab_to(page, "keep|")
    press(page, "ArrowDown")
    tab_to(page, "days|")
    page.keyboard.press("Control+a")
    page.keyboard.type("90")
    tab_to(page, "Save")
    press(page, "Enter")
    page.get_by_text("Saved.").wait_for()
    assert page.get_by_role("spinbutton", name="Days").input_value() == "90"
    assert page.locator("input[name=keep]:checked").get_attribute("value") == "days"
    with store.session() as session:
        assert session.query(Person).count() >= 1


def test_the_last_settings_begin_the_next_upload(place, page):
    _, person, _, _, address = place
    page.goto(f"{address}/people/{person}")
    page.get_by_role("link", name="Upload a video").click()
    page.wait_for_url(f"**person={person}#upload")
    assert page.locator("select[name=person_id]").input_value() == person
    assert page.locator("select[name=movement]").input_value() == "squat"
    assert page.locator("select[name=view]").input_value() == "right"
