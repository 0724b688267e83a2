"""Keep a worker process off the network, from outliving its parent, and out of the others' way.

MediaPipe 1.x looks up ``play.googleapis.com`` and connects to it whenever a task is created, and
offers no switch. Pose therefore runs in worker processes that call :func:`cut_network` before
MediaPipe is imported. ``tests/test_privacy.py`` proves with ``strace`` that nothing gets out.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable
from threading import Thread

#: Nothing listens on the discard port of loopback: what a proxy-minded library tries ends here.
DEAD_PROXY = "http://127.0.0.1:9"

_PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def cut_network() -> None:
    """Close this process's ways out, for good: call it first thing in a worker.

    Everywhere: every proxy variable points to a dead loopback port. On Linux, where the kernel
    allows it, the process also moves to an empty network namespace of its own, in which not even
    loopback exists.
    """
    for name in _PROXY_VARIABLES:
        os.environ[name] = DEAD_PROXY
    for name in ("no_proxy", "NO_PROXY"):
        os.environ.pop(name, None)
    if sys.platform == "linux":
        _enter_empty_network_namespace()


def die_with_parent() -> None:
    """Let this process end when its parent does, however that was killed: call it first thing in a worker.

    Linux's kernel sees to it at once; a watching thread does where there is no such kernel.
    """
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_after, args=(parent.join,), daemon=True).start()


def die_with_giver(descriptor: int) -> None:
    """Let this process end when whoever holds the other end of a pipe does; call `die_with_parent` too.

    A pipe closes with its last holder on every system, and one that is closed already is seen as well.
    """
    Thread(target=_end_after, args=(lambda: _read_to_end(descriptor),), daemon=True).start()


def keep_to_one_core() -> None:
    """Tie this process of a pool to one core, as many share them: call it first thing in a worker.

    Libraries that start a thread a core would wait for each other otherwise. Where the system can't, nothing
    happens.
    """
    number = multiprocessing.current_process()._identity
    if hasattr(os, "sched_setaffinity") and number:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[number[-1] % len(cores)]})


def _read_to_end(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass


def _end_after(wait: Callable[[], object]) -> None:
    wait()
    os._exit(1)


def _enter_empty_network_namespace() -> bool:
    """Leave the machine's network behind; True if the kernel allowed it."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(_CLONE_NEWNET) == 0 or libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0
