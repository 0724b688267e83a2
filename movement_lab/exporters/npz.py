"""``track.npz``: raw and cleaned landmarks, enough to assess again without the video."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from movement_lab.atomic import atomic_path
from movement_lab.errors import VideoError
from movement_lab.exporters.json import plain
from movement_lab.records import Array, Track
from movement_lab.report import Report
from movement_lab.skeleton import LANDMARKS

_FIELDS = ("time_s", "xy", "xyz", "score")
_EXTRA = "extra_"  # before the names of what else was read from each picture, single precision
#: Nobody films repetitions for so long; times beyond are damage.
_LONGEST_S = 6 * 3600.0
_DAMAGE = (OSError, EOFError, KeyError, ValueError, TypeError, zipfile.BadZipFile, zlib.error)


def save_track(report: Report, path: Path) -> Path:
    """Write both tracks: ``raw_xy`` as the pose model gave it, ``xy`` cleaned; shapes as in ``Track``."""
    raw = report.raw
    arrays: dict[str, Any] = {f"raw_{field}": getattr(raw, field) for field in _FIELDS}
    arrays |= {field: getattr(report.track, field) for field in _FIELDS}
    arrays |= {_EXTRA + name: values.astype(np.float32) for name, values in raw.extras.items()}
    arrays |= {"names": np.array(raw.names), "size": np.array(raw.size)}
    arrays["origin"] = np.array(json.dumps(dict(raw.origin), default=plain))
    with atomic_path(path) as part:
        np.savez_compressed(part, **arrays)
    return path


def save_raw(raw: Track, path: Path) -> Path:
    """Write the raw track only, exactly: `load_track` gives back the same numbers, bit by bit."""
    arrays: dict[str, Any] = {f"raw_{field}": getattr(raw, field) for field in _FIELDS}
    arrays |= {_EXTRA + name: _lossless(values) for name, values in raw.extras.items()}
    arrays |= {"names": np.array(raw.names), "size": np.array(raw.size)}
    arrays["origin"] = np.array(json.dumps(dict(raw.origin), default=plain))
    with atomic_path(path) as part:
        np.savez_compressed(part, **arrays)
    return path


def _lossless(values: Array) -> Any:
    """Return single precision where nothing is lost by it."""
    single = values.astype(np.float32)
    return single if np.array_equal(single, values, equal_nan=True) else values


def load_track(path: Path) -> Track:
    """Read the raw track of a ``track.npz``; it goes through ``assess`` as a video does.

    Raises
    ------
    VideoError
        The file is missing, damaged, holds Python objects, or was not written by movement_lab.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return _raw_track(arrays)
    except _DAMAGE as error:
        raise VideoError(
            f"{path.name} is not a movement_lab track ({_first_line(error)}). "
            "A track.npz with raw landmarks, names, size and origin is needed. "
            "Assess the video itself, or take the track.npz of an earlier run."
        ) from error


def _raw_track(arrays: Mapping[str, Any]) -> Track:
    time_s, xy, xyz, score = (np.asarray(arrays[f"raw_{field}"], dtype=np.float64) for field in _FIELDS)
    width, height = (int(length) for length in arrays["size"])
    if not len(time_s) or set(LANDMARKS) - {str(name) for name in arrays["names"]}:
        raise ValueError("it has no frames, or not all body points")
    if not time_s[-1] - time_s[0] < _LONGEST_S:
        raise ValueError("its times are impossible")
    origin = json.loads(str(arrays["origin"]))
    if not isinstance(origin, dict):
        raise ValueError("its origin is not a table")
    names = tuple(str(name) for name in arrays["names"])
    extras = {
        name.removeprefix(_EXTRA): np.asarray(arrays[name], np.float64)
        for name in arrays
        if name.startswith(_EXTRA)
    }
    if any(len(values) != len(time_s) for values in extras.values()):
        raise ValueError("what was read from its pictures has another length")
    return Track(time_s, xy, xyz, score, names, (width, height), origin, extras)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
