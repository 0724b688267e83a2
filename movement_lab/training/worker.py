"""A process that renders and looks: off the network before the pose library is there."""

from __future__ import annotations

import os

from movement_lab.isolation import cut_network, die_with_parent, keep_to_one_core


def start_worker() -> None:
    """Close the process off, quieten it, and let it render and look with one thread on one core."""
    die_with_parent()
    cut_network()
    keep_to_one_core()
    os.environ["LP_NUM_THREADS"] = "1"
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the pose library's chatter goes past Python's logging
