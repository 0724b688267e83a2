"""A real browser whose camera plays a sample: for the test of the record page and its benchmark."""

import socket
from contextlib import contextmanager

import browser
import numpy as np

from movement_lab.video import read_frames

CHROMIUM = "/usr/bin/chromium"
SIZE = (640, 480)
RATE_HZ = 25


def camera_file(sample, path):
    """Write a sample as the uncompressed film that Chromium plays as a camera; returns its path."""
    import cv2

    width, height = SIZE
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F{RATE_HZ}:1 Ip A1:1 C420\n".encode())
        for frame in read_frames(sample):
            scale = height / frame.image.shape[0]
            small = cv2.resize(
                frame.image, (round(frame.image.shape[1] * scale), height), interpolation=cv2.INTER_AREA
            )
            room = width - small.shape[1]
            wide = np.pad(small, ((0, 0), (room // 2, room - room // 2), (0, 0)), mode="edge")
            out.write(b"FRAME\n" + cv2.cvtColor(wide, cv2.COLOR_RGB2YUV_I420).tobytes())
    return path


@contextmanager
def chromium(clip, path=CHROMIUM):
    """Open Chromium without a window; its camera plays ``clip`` over and over, and needs no permission."""
    from playwright.sync_api import sync_playwright

    flags = [
        "--headless=new",
        "--no-sandbox",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
    ]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=path,
            headless=False,
            args=[*flags, f"--use-file-for-fake-video-capture={clip}"],
        )
        try:
            yield opened
        finally:
            opened.close()


@contextmanager
def served(data):
    """Serve a workspace over a data folder from a thread, without a worker; yields address and store."""
    from movement_lab.server import create_app
    from movement_lab.storage import open_store

    store = open_store(data)
    app = create_app(store)
    try:
        with browser.served(app, threads=8) as address:
            yield address, store
    finally:
        for name in ("live_door", "live"):
            if name in app.extensions:
                app.extensions[name].close()


def free_port():
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


__all__ = ["CHROMIUM", "camera_file", "chromium", "free_port", "served"]
