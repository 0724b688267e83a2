"""Start everything: data folder, database, worker, server; keep the worker alive; stop together."""

from __future__ import annotations

import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from movement_lab.errors import UsageError
from movement_lab.server.settings import ServerSettings
from movement_lab.workspace.uploads import MOST_BYTES

_THREADS = 8
_OVERHEAD_BYTES = 1024**2
_RESTART_S = 1.0


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
    from waitress.server import create_server

    from movement_lab.server import create_app
    from movement_lab.storage import open_store
    from movement_lab.workspace.corrections import mend
    from movement_lab.workspace.retention import sweep

    store = open_store(data)
    with _alone(data), _listening(create_server, create_app(store, settings), settings) as server:
        sweep(store)
        mend(store)
        address = address_of(settings, server.effective_port)
        with worker(data):
            tell(address)
            if browser:
                threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
            with suppress(KeyboardInterrupt):
                server.run()
    store.close()


def address_of(settings: ServerSettings, port: int) -> str:
    """Return the address to open in a browser."""
    host = "localhost" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"


@contextmanager
def worker(data: Path) -> Iterator[None]:
    """Keep a worker process alive while the block runs; it ends with the block, or with this process."""
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_alive, args=(data, stop), daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep_alive(data: Path, stop: threading.Event) -> None:
    while not stop.is_set():
        process = subprocess.Popen([sys.executable, "-m", "movement_lab.jobs", str(data)])
        while process.poll() is None and not stop.wait(_RESTART_S):
            pass
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    from movement_lab.jobs.watch import end_tree

    end_tree(process.pid)
    process.wait()


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Hold the data folder: two servers over one folder would each think they own its jobs."""
    from filelock import FileLock, Timeout

    lock = FileLock(data / "serve.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(
            f"Another server already uses {data}. Open that one, end it, or choose a folder with --data."
        ) from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listening(create_server: Any, app: Any, settings: ServerSettings) -> Iterator[Any]:
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=_THREADS,
            max_request_body_size=MOST_BYTES + _OVERHEAD_BYTES,
            channel_timeout=120,
            ident=None,
        )
    except (OSError, ValueError) as error:
        raise UsageError(
            f"Port {settings.port} of {settings.host} can't be used ({error}). Another program may hold it: "
            "choose another with --port."
        ) from None
    try:
        yield server
    finally:
        server.close()
