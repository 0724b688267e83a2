"""Long work: one assessment at a time, in a process of its own, watched.

::

    server --(row "queued", ticket in huey's SQLite queue)--> worker process
    worker process --> child process --> files; then row "done"

The row is the truth, the ticket only wakes the worker: a worker that starts throws old tickets away and takes
up every row that is not at an end, so nothing accepted is lost or assessed twice, whatever was killed.
"""

from movement_lab.jobs.queue import open_queue, submit

__all__ = ["open_queue", "submit"]
