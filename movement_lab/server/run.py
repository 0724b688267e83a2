"""Start everything: data folder, database, worker, server; keep the worker alive; stop together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

from movement_lab.errors import UsageError
from movement_lab.server.settings import ServerSettings
from movement_lab.storage.files import held

if TYPE_CHECKING:
    from flask import Flask

    from movement_lab.storage import DataFolder, Store

_LOOK_S: Final = 0.2
_RESTART_S: Final = 0.5
_PATIENCE_S: Final = 30.0
_SOON_S: Final = 3.0
_BREATH_S: Final = 0.02


def default_data() -> Path:
    """Return the usual data folder of this user."""
    import platformdirs

    return Path(platformdirs.user_data_dir("movement_lab"))


def serve(data: Path, settings: ServerSettings, *, browser: bool, tell: Callable[[str], None]) -> None:
    """Serve the workspace until interrupted.

    Raises
    ------
    UsageError
        The data folder can't be used or another server uses it, or the address is taken.
    """
    from movement_lab.server import create_app
    from movement_lab.server.listening import listening
    from movement_lab.storage import DataFolder, open_store

    os.umask(0o077)  # what is written is for this user's eyes alone
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # that a request waits a moment is no news
    folder = DataFolder(data)
    folder.prepare()
    _check_password(folder, settings)
    with _ending_like_ctrl_c(), held(folder.server_lock):
        store = open_store(data)
        app = create_app(store, settings)
        with listening(app, settings) as server:
            _tidy(store)
            _compile_pages_soon(app)
            address = address_of(settings, server.effective_port)
            with worker(store):
                tell(address)
                if browser:
                    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
                with suppress(KeyboardInterrupt):
                    server.run()
        store.close()


def _check_password(folder: DataFolder, settings: ServerSettings) -> None:
    """Refuse to be reached by others without a password."""
    from movement_lab.workspace.signing_in import stored_password

    if settings.beyond_loopback and not stored_password(folder):
        raise UsageError(
            "Other computers would reach this without a password. Set one first with "
            "`movement-lab serve --set-password`, or leave out --host, --name and --https."
        )


def _compile_pages_soon(app: Flask) -> None:
    """Compile the pages once the first one is on the screen, so that nobody waits for theirs later on."""

    def work() -> None:
        for name in app.jinja_env.list_templates(extensions=["html"]):
            app.jinja_env.get_template(name)
            time.sleep(_BREATH_S)  # whoever asks for something comes first

    soon = threading.Timer(_SOON_S, work)
    soon.daemon = True
    soon.start()


def _tidy(store: Store) -> None:
    """Once nothing of an earlier run writes any more, finish what it left half done."""
    from movement_lab.jobs.queue import forget_tickets
    from movement_lab.workspace.corrections import mend
    from movement_lab.workspace.retention import sweep

    folder = store.folder
    with held(folder.worker_lock, wait_s=_PATIENCE_S), held(folder.job_lock, wait_s=_PATIENCE_S):
        sweep(store)
        mend(store)
        forget_tickets(folder)


@contextmanager
def _ending_like_ctrl_c() -> Iterator[None]:
    """Let every polite signal end the server as Ctrl+C does; none interrupts the ending itself."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's alone
        yield
        return
    names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    signals = [getattr(signal, name) for name in names if hasattr(signal, name)]

    def end(number: int, frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {each: signal.signal(each, end) for each in signals}
    try:
        with suppress(KeyboardInterrupt):  # also while everything is still being set up
            yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def address_of(settings: ServerSettings, port: int) -> str:
    """Return the address to open in a browser."""
    host = "localhost" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


@contextmanager
def worker(store: Store) -> Iterator[None]:
    """Keep a worker process alive while the block runs; it ends with the block, or with this process."""
    from movement_lab.jobs.rows import put_all_back

    stop = threading.Event()
    keeper = threading.Thread(target=_keep_alive, args=(store.folder.root, stop), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()
        put_all_back(store)


def _keep_alive(data: Path, stop: threading.Event) -> None:
    from movement_lab.jobs.processes import end_tree

    while not stop.is_set():
        # A session of its own: Ctrl+C in the terminal is for the server, which then ends this process.
        process = subprocess.Popen(
            [sys.executable, "-m", "movement_lab.jobs", str(data)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        while process.poll() is None and not stop.wait(_LOOK_S):
            pass
        end_tree(process.pid)
        process.communicate()
        stop.wait(_RESTART_S)
