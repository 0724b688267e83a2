"""Spine points of SpinePose as a plug-in: the user's own model file, read through ONNX Runtime.

SpinePose finds 37 points, nine of them along the spine. Its models may not be used commercially
(CC BY-NC 4.0), so none is shipped or fetched: whoever has one names the file. Nothing of its code
is used either, only what its public description says of the model: a person cut out with room
around, 3:4, RGB normalised as ImageNet; for each point one row of scores across and one down
("SimCC"), a fixed number of bins to an input pixel.

ONNX Runtime reports to its maker from 1.29 on; here that is switched off before it is loaded. Like the
pose model it still belongs in a worker process that called `movement_lab.isolation.cut_network` first.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import ModelError
from movement_lab.geometry import inclination
from movement_lab.knowledge import read_table
from movement_lab.knowledge.checks import check_sources
from movement_lab.knowledge.parse import Where, build
from movement_lab.knowledge.rows import Evidence
from movement_lab.records import Array, Image, SpineEstimate, Standing, Track, View
from movement_lab.spine.combine import load_methods, spine_sources
from movement_lab.spine.estimate import SPINE_ANGLES, nothing_read, why_not

#: The points along the spine, from the sacrum up; the levels that SpinePose gives them.
SPINE_POINTS: Final = {
    "hip": "sacrum",
    "spine_01": "L5",
    "spine_02": "L3",
    "spine_03": "T12/L1",
    "spine_04": "T8",
    "spine_05": "T3",
    "neck": "C7",
    "neck_02": "C3/C4",
    "neck_03": "C1",
}
_ROWS: Final = (19, 26, 27, 28, 29, 30, 18, 35, 36)  # where those nine are among the 37
_POINTS: Final = 37
_BACK: Final = slice(0, 7)  # sacrum to C7: the head's own points don't enter any angle

_USUAL_SIZE: Final = (192, 256)
_ROOM: Final = 1.25  # the box with so much room around is what the model was trained on
_MEAN: Final = np.array([123.675, 116.28, 103.53], np.float32)  # red, green, blue
_SD: Final = np.array([58.395, 57.12, 57.375], np.float32)

Mask = NDArray[np.bool_]


# ---------------------------------------------------------------- the model


class SpineKeypoints:
    """SpinePose's network from an ONNX file of the user's own.

    ``size`` is the width and height in pixels that it wants.

    Raises
    ------
    ModelError
        If the file or the package ``onnxruntime`` is not there, or it is another kind of model.
    """

    def __init__(self, model_path: str | Path) -> None:
        self._session = _open(Path(model_path))
        self._input, self.size = _input_of(self._session)
        self._outputs = _outputs_of(self._session, str(model_path))

    def observe(self, picture_bgr: Image, box: Array) -> Array:
        """Return the nine spine points of the person in ``box``, (9, 3): x, y in pixels, and score.

        ``picture_bgr`` is (H, W, 3) uint8, blue first; ``box`` the person's left, top, right and
        bottom edge in pixels (it may reach beyond the picture). Where the box is empty or not
        finite, nobody was there: NaN with score 0. Points in order of `SPINE_POINTS`.
        """
        box = np.asarray(box, float)
        if not (np.isfinite(box).all() and (box[2:] > box[:2]).all()):
            return np.tile([np.nan, np.nan, 0.0], (len(_ROWS), 1))
        crop = _crop_around(box, self.size)
        across, down = self._session.run(self._outputs, {self._input: crop.cut(picture_bgr)})
        x, x_score = _peaks(across[0, list(_ROWS)], self.size[0])
        y, y_score = _peaks(down[0, list(_ROWS)], self.size[1])
        points = crop.back(np.column_stack([x, y]))
        return np.column_stack([points, np.maximum(np.minimum(x_score, y_score), 0)])


def person_box(xy: Array) -> Array:
    """Return left, top, right and bottom edge of points ``xy`` (K, 2), pixels; NaN where none is seen."""
    seen = xy[np.isfinite(xy).all(axis=1)]
    return np.hstack([seen.min(axis=0), seen.max(axis=0)]) if len(seen) else np.full(4, np.nan)


def _open(path: Path) -> Any:
    if not path.is_file():
        raise ModelError(
            f"There is no spine model at {path}. An ONNX file of SpinePose was needed; none is shipped, "
            "because its licence (CC BY-NC 4.0) forbids commercial use. Get one from its makers (repository "
            "dfki-av/spinepose) if that licence fits your use, and name the file."
        )
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # asked for only once, while the library loads
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            "The package onnxruntime is not installed. It was needed to run the spine model. "
            "Try: pip install 'movement-lab[keypoints]'."
        ) from error
    onnxruntime.disable_telemetry_events()  # Windows knows no such variable
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # other workers have the other cores
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors share no class of their own
        raise ModelError(
            f"{path} can't be opened: {str(error)[:200]}. A whole ONNX file of SpinePose was needed. "
            "Get it anew from its makers."
        ) from error


def _input_of(session: Any) -> tuple[str, tuple[int, int]]:
    """Name of the model's input, and its width and height."""
    first = session.get_inputs()[0]
    match first.shape:
        case [_, _, int(height), int(width)]:
            return first.name, (width, height)
    return first.name, _USUAL_SIZE  # a file may leave them open


def _outputs_of(session: Any, path: str) -> list[str]:
    """Names of the scores across and down; ModelError if these are not SpinePose's."""
    shapes = {output.name: output.shape for output in session.get_outputs()}
    names = ["simcc_x", "simcc_y"]
    fits = all(name in shapes and _may_be(shapes[name], _POINTS) for name in names)
    if not fits:
        raise ModelError(
            f"{path} gives {shapes}. A model of SpinePose was needed: simcc_x and simcc_y for {_POINTS} "
            "points. Name one of its ONNX files."
        )
    return names


def _may_be(shape: Any, points: int) -> bool:
    """A size that is left open in the file is a text or nothing; then it is taken to fit."""
    return len(shape) == 3 and (shape[1] == points or not isinstance(shape[1], int))


@dataclass(frozen=True, slots=True)
class _Crop:
    """The part of a picture that the model sees: ``corner`` (2,) in the picture, ``scale`` model
    pixels to a picture pixel, ``size`` its width and height.
    """

    corner: Array
    scale: float
    size: tuple[int, int]

    def cut(self, picture_bgr: Image) -> NDArray[np.float32]:
        """Return the model's input, (1, 3, height, width)."""
        import cv2

        shift = -self.scale * self.corner
        matrix = np.array([[self.scale, 0, shift[0]], [0, self.scale, shift[1]]])
        crop = cv2.warpAffine(picture_bgr, matrix, self.size, flags=cv2.INTER_LINEAR)
        normal = (crop[..., ::-1].astype(np.float32) - _MEAN) / _SD
        return np.ascontiguousarray(normal.transpose(2, 0, 1)[np.newaxis])

    def back(self, points: Array) -> Array:
        """Return points of the model's input, (K, 2), where they are in the picture."""
        return points / self.scale + self.corner


def _crop_around(box: Array, size: tuple[int, int]) -> _Crop:
    """The box with room around it, as large as fits the model's shape without stretching."""
    scale = float(np.min(size / (_ROOM * (box[2:] - box[:2]))))
    middle = (box[:2] + box[2:]) / 2
    return _Crop(middle - np.array(size) / (2 * scale), scale, size)


def _peaks(scores: NDArray[np.float32], extent: int) -> tuple[Array, Array]:
    """Return where each row (K, bins) is highest, in model pixels (K,), and how high it is there.

    Between bins by a parabola through the three highest: exact for the bell curves in whose
    logarithm the model was trained.
    """
    bins = scores.shape[1]
    top = scores.argmax(axis=1)
    rows, inner = np.arange(len(scores)), np.clip(top, 1, bins - 2)
    left, middle, right = (scores[rows, inner + step].astype(float) for step in (-1, 0, 1))
    curve = left - 2 * middle + right
    shift = np.where((curve < 0) & (top == inner), (left - right) / np.where(curve < 0, 2 * curve, 1), 0)
    return (top + shift) * extent / bins, scores.max(axis=1).astype(float)


# ---------------------------------------------------------------- from points to angles


@dataclass(frozen=True, slots=True)
class KeypointRules:
    """When spine points can be trusted: ``[keypoints]`` of ``knowledge/spine.toml``."""

    min_score: float
    widened_factor: float
    max_astray_share: float
    min_length_share: float
    min_standing_frames: float
    evidence: Evidence
    sources: tuple[str, ...] = ()


@cache
def load_keypoint_rules() -> KeypointRules:
    """Return the numbers that say when spine points can be trusted."""
    where = Where("spine.toml", "keypoints")
    rules = build(KeypointRules, read_table("spine.toml").get("keypoints"), where)
    check_sources(rules.sources, spine_sources(), where)
    return rules


def keypoint_estimate(points: Array, track: Track, view: View, standing: Standing) -> SpineEstimate:
    """Return the spine's angles from nine points per frame, all minus own standing.

    The line is taken in pieces: sacrum to L5 is the pelvis, T12/L1 to T8 the lower rib cage, T8 to
    C7 the upper one. Lumbar flexion is rib cage minus pelvis, thoracic flexion upper minus lower.

    Parameters
    ----------
    points
        (n, 9, 3) x, y in pixels and score, in order of `SPINE_POINTS`; one row a frame of ``track``.
    track, view, standing
        The same clip's body points, camera and standing.

    Returns
    -------
    Angles in the signs of the specification (pelvis forward, bending: positive), whichever side was
    filmed. NaN, with the reasons, in frames where points are unsure, astray or collapsed; throughout
    where the view is no side view within 25 degrees, or where there is no standing.
    """
    if points.shape != (len(track), len(SPINE_POINTS), 3):
        raise ValueError(f"points: expected shape {(len(track), len(SPINE_POINTS), 3)}, got {points.shape}.")
    if reasons := why_not(view, standing):
        return nothing_read("keypoints", len(track), reasons)
    back, standing_frames = points[:, _BACK, :2], _during(standing, track)
    checks = _checks(points, track, standing_frames)
    valid = np.logical_and.reduce(list(checks.values()))
    reasons = tuple(reason for reason, passed in checks.items() if not passed.all())
    zero = standing_frames & valid
    if zero.sum() < load_keypoint_rules().min_standing_frames:
        return nothing_read("keypoints", len(track), ("spine_not_seen_standing", *reasons))
    angles = _angles(back, zero, facing=1 if view.facing == "image_right" else -1)
    spread = load_keypoint_rules().widened_factor if view.gate == "widened" else 1.0
    sds = load_methods()["keypoints"].sd
    return SpineEstimate(
        method="keypoints",
        value={name: np.where(valid, angles[name], np.nan) for name in SPINE_ANGLES},
        sd={name: np.where(valid, spread * sds[name], np.nan) for name in SPINE_ANGLES},
        valid=valid,
        reasons=reasons,
    )


def _during(standing: Standing, track: Track) -> Mask:
    return np.asarray((track.time_s >= standing.start_s) & (track.time_s <= standing.end_s))


def _checks(points: Array, track: Track, standing_frames: Mask) -> dict[str, Mask]:
    """Which frames pass, (n,), by the reason for those that don't."""
    rules = load_keypoint_rules()
    back = points[:, _BACK, :2]
    found = np.isfinite(back).all(axis=(1, 2)) & (points[:, _BACK, 2] >= rules.min_score).all(axis=1)
    lengths = np.linalg.norm(np.diff(back, axis=1), axis=2)
    usual = lengths[standing_frames & found]
    least = rules.min_length_share * (np.median(usual, axis=0) if len(usual) else 0)
    return {
        "spine_points_unsure": found,
        "spine_points_astray": ~found | _on_the_person(back, track),
        "spine_points_collapsed": ~found | (lengths >= least).all(axis=1),
    }


def _on_the_person(back: Array, track: Track) -> Mask:
    """Sacrum near the hips and C7 near the shoulders that were followed, (n,); else it is somebody else."""
    ends = [(track[f"left_{name}"] + track[f"right_{name}"]) / 2 for name in ("hip", "shoulder")]
    trunk = np.linalg.norm(ends[1] - ends[0], axis=1)
    gaps = np.stack([np.linalg.norm(back[:, i] - end, axis=1) for i, end in zip((0, 6), ends, strict=True)])
    return np.asarray((gaps <= load_keypoint_rules().max_astray_share * _usual(trunk)).all(axis=0))


def _usual(trunk: Array) -> float:
    seen = trunk[np.isfinite(trunk)]
    return float(np.median(seen)) if len(seen) else 0.0


def _angles(back: Array, zero: Mask, *, facing: int) -> dict[str, Array]:
    """The four angles over time, (n,) each, minus their standing."""
    names = list(SPINE_POINTS)
    pitch = {}
    for part, lower, upper in (
        ("pelvis", "hip", "spine_01"),
        ("lower", "spine_03", "spine_04"),
        ("upper", "spine_04", "neck"),
    ):
        lean = inclination(back[:, names.index(lower)], back[:, names.index(upper)], facing=facing)
        lean = np.where(lean < -90, lean + 360, lean)  # a fold past the floor is beyond 180
        pitch[part] = lean - np.median(lean[zero])
    return {
        "pelvic_tilt_deg": pitch["pelvis"],
        "lumbar_flexion_deg": pitch["lower"] - pitch["pelvis"],
        "thoracic_flexion_deg": pitch["upper"] - pitch["lower"],
        "thorax_inclination_deg": pitch["lower"],
    }
