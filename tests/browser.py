"""A real browser for tests: Chromium through Playwright; skipped where either is missing."""

import shutil
import threading
import time
from contextlib import contextmanager

import pytest

#: Faults that axe-core calls serious or critical are none we ship.
GRAVE = ("serious", "critical")


def chromium_path():
    """Where Chromium is; skips the test where it isn't."""
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )
    if found is None:
        pytest.skip("no Chromium here")
    return found


@contextmanager
def opened_browser(**options):
    """Lend a browser."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = chromium_path()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"], **options)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served(app, *, threads=4):
    """Serve an application on a free port of loopback; yields its address."""
    from waitress.server import create_server

    server = create_server(app, host="127.0.0.1", port=0, threads=threads)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}"
    finally:
        server.task_dispatcher.shutdown(timeout=10)
        server.close()
        thread.join(10)


#: Brings what is on its way to where it ends: colours half-way are nobody's to judge.
_SETTLE = """() => document.getAnimations().forEach((each) => {
  try { each.finish(); } catch { each.cancel(); }
})"""


def grave_faults(page):
    """What axe-core finds that is serious or critical: rule and where."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.evaluate(_SETTLE)
    found = axe.Axe().run(page).response["violations"]
    grave = [each for each in found if each["impact"] in GRAVE]
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in grave]


def until(page, script, *, patience_s=60.0):
    """Wait until a script says yes (the page's policy forbids Playwright's own way of waiting)."""
    deadline = time.monotonic() + patience_s
    while not page.evaluate(script):
        assert time.monotonic() < deadline, f"never came true: {script}"
        page.wait_for_timeout(50)
