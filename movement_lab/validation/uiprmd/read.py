"""Read UI-PRMD: marker positions and joint angles of ten people, one file a repetition.

Vakanski, Jun, Paul and Baker (2018), "A Data Set of Human Body Movements for Physical Rehabilitation
Exercises", Data 3(1):2, doi:10.3390/data3010002; ODC PDDL 1.0.

What the Vicon files hold, found by checking every column against every other: 39 Plug-in Gait *markers*
on the skin in millimetres (x ahead, y left, z up, at 100 Hz; all zero = not seen), no joint centres and
nothing relative to a parent; and 39 triples of Plug-in Gait angles in degrees. The files of a set are
cuts of one recording: each begins where the one before ended.
"""

from __future__ import annotations

import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.records import Array
from movement_lab.skeleton import SIDES
from movement_lab.validation.uiprmd.body import MARKERS, heading_of, joints_of, off_thorax_deg, thorax_tilt

RATE_HZ: Final = 100.0
MOVEMENTS: Final[Mapping[int, str]] = {1: "squat", 3: "lunge", 4: "side lunge", 5: "sit to stand"}

#: Triples of the angle files, by what they turned out to be; the first of each triple is sagittal.
_SPINE, _THORAX, _HIP, _KNEE = 7, 10, (15, 16), (19, 20)
_FILE: Final = re.compile(r"m(\d\d)_s(\d\d)_e(\d\d)_(positions|angles)(_inc)?\.txt(\.gz)?$")
_NEEDED: Final = ("ASI", "PSI", "SHO", "THI", "KNE", "TIB", "ANK", "HEE")
_MISSING_SHARE: Final = 0.1
#: Between the front pelvis markers; wider, and they sit on the sides of the body, not on the bone.
_PELVIS_M: Final = (0.16, 0.34)
_ANGLES_AGREE_DEG: Final = 1.0

Key = tuple[int, int, bool]


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One person's set of repetitions, put together from its files, at 100 Hz.

    ``joints``: the 33 landmarks in the body frame (X ahead, Y up, Z to the right), (T, 3) metres;
    ``theirs``: the data set's own angles under our signal names, (T,) degrees; ``reps``: half-open
    frame ranges, one a file; ``angle_check_deg``: how far their thorax is off their own markers.
    """

    movement: str
    subject: int
    correct: bool
    joints: Mapping[str, Array]
    theirs: Mapping[str, Array]
    reps: tuple[tuple[int, int], ...]
    angle_check_deg: float

    @property
    def name(self) -> str:
        """Return what tables call it: ``s03 incorrect``."""
        return f"s{self.subject:02d} {'correct' if self.correct else 'incorrect'}"


@contextmanager
def unpacked(source: Path) -> Iterator[Path]:
    """Yield the folder of a source: itself, or a tar file's content in a folder that goes away.

    Raises
    ------
    UsageError
        There is neither a folder nor a tar file.
    """
    if source.is_dir():
        yield source
        return
    if not source.is_file() or not tarfile.is_tarfile(source):
        raise UsageError(
            f"{source} is neither a folder nor a tar file. "
            "The UI-PRMD data set, or its Vicon part, is needed. Give the path of its folder or tar file."
        )
    with tempfile.TemporaryDirectory(prefix="uiprmd-") as folder:
        try:
            with tarfile.open(source) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
            raise UsageError(
                f"{source} can't be unpacked ({error}). "
                "A whole tar file with plain files in it is needed. Fetch it again, or unpack it yourself."
            ) from error
        yield Path(folder)


def read_recordings(folder: Path) -> tuple[list[Recording], dict[str, str]]:
    """Return every usable Vicon recording below ``folder``, and why others are left out.

    Raises
    ------
    UsageError
        There is no Vicon file at all.
    """
    files = _vicon_files(folder)
    if not files:
        raise UsageError(
            f"No Vicon recording was found in {folder}. "
            "Files such as vicon/m01_s01_e01_positions.txt and ..._angles.txt are needed. "
            "Give the folder of the UI-PRMD data set or a tar file of it."
        )
    found, left_out = [], {}
    for key in sorted(files):
        try:
            found.append(_recording(key, files[key]))
        except ValueError as reason:
            left_out[f"{MOVEMENTS[key[0]]} {_name(key)}"] = str(reason)
    return found, left_out


def _name(key: Key) -> str:
    return f"s{key[1]:02d} {'correct' if key[2] else 'incorrect'}"


def _vicon_files(folder: Path) -> dict[Key, dict[tuple[int, str], Path]]:
    """Return files by recording, then by (repetition, positions or angles)."""
    files: dict[Key, dict[tuple[int, str], Path]] = {}
    for path in sorted(folder.rglob("m*_s*_e*_*.txt*")):
        match = _FILE.match(path.name)
        vicon = any(part.lower() == "vicon" for part in path.relative_to(folder).parts)
        if match and vicon and int(match[1]) in MOVEMENTS:
            key = int(match[1]), int(match[2]), match[5] is None
            files.setdefault(key, {})[int(match[3]), match[4]] = path
    return files


def _recording(key: Key, files: Mapping[tuple[int, str], Path]) -> Recording:
    reps = sorted({rep for rep, kind in files if (rep, "positions") in files and (rep, "angles") in files})
    if not reps:
        raise ValueError("it has no repetition with both positions and angles")
    pieces = [(_table(files[rep, "positions"]) / 1000, _table(files[rep, "angles"])) for rep in reps]
    pieces = [(p[: len(a)], a[: len(p)]) for p, a in pieces]
    markers = dict(zip(MARKERS, np.concatenate([p for p, _ in pieces]).swapaxes(0, 1), strict=True))
    angles = np.concatenate([a for _, a in pieces])
    _check(markers)
    markers = {name: _filled(points) for name, points in markers.items()}
    heading = heading_of(markers)
    tilt = thorax_tilt(markers, angles[:, _THORAX], heading)
    check = float(np.nanmedian(off_thorax_deg(markers, angles[:, _THORAX])))
    if not check < _ANGLES_AGREE_DEG:
        raise ValueError("the thorax angles do not fit the thorax markers")
    theirs = {"trunk_inclination_deg": tilt, **_leg_angles(angles)}
    cuts = [0, *np.cumsum([len(p) for p, _ in pieces]).tolist()]
    joints, movement = joints_of(markers, heading), MOVEMENTS[key[0]]
    return Recording(movement, key[1], key[2], joints, theirs, tuple(pairwise(cuts)), check)


def _table(path: Path) -> Array:
    """Return one file as (T, 39, 3), what was not seen as NaN."""
    try:
        table = np.loadtxt(path, delimiter=",", ndmin=2)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ValueError(f"{path.name} can't be read ({error})") from error
    if table.shape[1] != 3 * len(MARKERS):
        raise ValueError(f"{path.name} has {table.shape[1]} columns, {3 * len(MARKERS)} are needed")
    table = table.reshape(len(table), -1, 3)
    return np.where((table == 0).all(axis=2, keepdims=True), np.nan, table)


def _check(markers: Mapping[str, Array]) -> None:
    """Raise ValueError for what can't be a body's recording."""
    for name in (f"{side}{point}" for side in "LR" for point in _NEEDED):
        share = float(np.isnan(markers[name][:, 0]).mean())
        if share > _MISSING_SHARE:
            raise ValueError(f"marker {name} is missing too often")
    wide = float(np.nanmedian(np.linalg.norm(markers["LASI"] - markers["RASI"], axis=1)))
    if not _PELVIS_M[0] <= wide <= _PELVIS_M[1]:
        raise ValueError("the front pelvis markers are too far apart, or too close, to sit on the bone")


def _filled(points: Array) -> Array:
    """Return a marker's path with gaps bridged; one that is hardly ever seen stays unseen."""
    seen = ~np.isnan(points[:, 0])
    if seen.mean() < 1 - _MISSING_SHARE:
        return points
    frames = np.arange(len(points))
    return np.stack([np.interp(frames, frames[seen], axis[seen]) for axis in points.T], axis=1)


def _leg_angles(angles: Array) -> dict[str, Array]:
    """Return knee, hip (thigh on pelvis), and hip with spine (thigh on thorax)."""
    found = {}
    for side, hip, knee in zip(SIDES, _HIP, _KNEE, strict=True):
        found[f"knee_flexion_{side}_deg"] = angles[:, knee, 0]
        found[f"hip_pelvis_flexion_{side}_deg"] = angles[:, hip, 0]
        found[f"hip_trunk_flexion_{side}_deg"] = angles[:, hip, 0] + angles[:, _SPINE, 0]
    return found
