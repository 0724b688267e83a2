"""No packet leaves this machine: the real program under strace, every network call read."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from movement_lab.isolation import DEAD_PROXY

pytestmark = pytest.mark.pose

#: Address families that can carry a packet off the machine, and packets to raw links.
CARRIES = re.compile(r"(?:connect|sendto|sendmsg|sendmmsg|bind)\(.*?(sa_family=AF_(?:INET6?|PACKET)\b.*)")
LOOPBACK = re.compile(r'inet_addr\("127\.|inet_pton\(AF_INET6, "::1"|inet_pton\(AF_INET6, "::ffff:127\.')

CLIP = """
import numpy as np, sys
from movement_lab.video import VideoWriter
with VideoWriter(sys.argv[1], size=(128, 128), rate_hz=25) as out:
    for k in range(30):
        out.write(np.full((128, 128, 3), 4 * k, np.uint8), k / 25)
"""


def outward(trace: str) -> list[str]:
    """Network calls in an strace log that name an address beyond loopback."""
    found = (match.group(1) for line in trace.splitlines() if (match := CARRIES.search(line)))
    return [call for call in found if not LOOPBACK.search(call)]


def run_traced(command, tmp_path, **env):
    log = tmp_path / "trace"
    if not shutil.which("strace"):
        pytest.skip("strace is not installed (apt-get install strace)")
    run = subprocess.run(
        ["strace", "-f", "-e", "trace=network", "-o", log, *command],
        capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **env}, timeout=300,
    )  # fmt: skip
    return run, log.read_text()


def test_the_reader_of_traces_sees_what_leaves():
    sent = 'connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16) = 0'
    kept = 'connect(3, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = -1'
    local = 'connect(3, {sa_family=AF_UNIX, sun_path="/run/nscd/socket"}, 110) = -1 ENOENT'
    query = 'sendmmsg(5, [{msg_hdr={msg_name={sa_family=AF_INET6, inet_pton(AF_INET6, "2001:db8::1"'
    assert len(outward("\n".join([sent, kept, local, query]))) == 2


def test_a_process_that_did_call_out_would_be_caught(tmp_path):
    # A name look-up in a plain process: nothing is sent to anybody, the address is documentation's.
    code = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.1', 9))"
    _, trace = run_traced([sys.executable, "-c", code], tmp_path)
    assert outward(trace)


def test_nothing_leaves_the_machine(tmp_path, pose_model):
    """The whole of ``assess``: workers that create real landmarkers, frames, reports."""
    subprocess.run([sys.executable, "-c", CLIP, "clip.mp4"], check=True, cwd=tmp_path)
    probe = (
        "from pathlib import Path\n"
        "from movement_lab.tracking import _look, _Job, Segment, _worker_pool\n"
        "from movement_lab.weights import find_model\n"
        "if __name__ == '__main__':\n"
        f"    job = _Job('clip.mp4', str(find_model({pose_model!r})), Segment(0, 9, 0), None, 1.0)\n"
        "    with _worker_pool(1) as pool:\n"
        "        print(len(pool.map(_look, [job])))\n"
    )
    (tmp_path / "probe.py").write_text(probe)
    run, trace = run_traced([sys.executable, "probe.py"], tmp_path)
    assert run.stdout.strip() == "1", run.stderr  # a landmarker was created and saw a frame
    assert "socket(" in trace  # the library did try; this is no empty log
    assert outward(trace) == []


def test_the_command_itself_sends_nothing(tmp_path, pose_model):
    subprocess.run([sys.executable, "-c", CLIP, "clip.mp4"], check=True, cwd=tmp_path)
    command = [sys.executable, "-m", "movement_lab", "assess", "clip.mp4", "--model", pose_model]
    run, trace = run_traced(command, tmp_path)
    assert run.returncode == 4, run.stderr  # an empty room: nobody to assess
    assert outward(trace) == []


def test_proxies_of_the_machine_do_not_open_a_way(tmp_path, pose_model):
    subprocess.run([sys.executable, "-c", CLIP, "clip.mp4"], check=True, cwd=tmp_path)
    command = [sys.executable, "-m", "movement_lab", "assess", "clip.mp4", "--model", pose_model]
    run, trace = run_traced(command, tmp_path, https_proxy="http://192.0.2.7:3128", no_proxy="*")
    assert run.returncode == 4, run.stderr
    assert outward(trace) == []
    assert DEAD_PROXY.startswith("http://127.0.0.1:")


def test_a_study_of_many_clips_sends_nothing(tmp_path, pose_model):
    subprocess.run([sys.executable, "-c", CLIP, "clip.mp4"], check=True, cwd=tmp_path)
    words = ["batch", "clip.mp4", "--out", "study", "--model", pose_model]
    run, trace = run_traced([sys.executable, "-m", "movement_lab", *words], tmp_path)
    assert "0 clips assessed, 0 without a repetition, 1 not assessed" in run.stdout, run.stderr
    assert "socket(" in trace
    assert outward(trace) == []
