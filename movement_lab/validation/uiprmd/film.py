"""Put a UI-PRMD recording in front of a virtual camera: standing, the set, standing; then landmarks."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.records import Array, Track
from movement_lab.skeleton import SIDES
from movement_lab.synthetic.camera import Camera, track_of
from movement_lab.synthetic.truth import true_measures
from movement_lab.validation.uiprmd.noise import Noise, Sight, spoil
from movement_lab.validation.uiprmd.read import RATE_HZ, Recording

#: Every fourth frame is filmed: 25 a second.
_EVERY: Final = 4
_STANDING_S: Final = 2.0
_BRIDGE_S: Final = 0.6
_END_S: Final = 0.6
_LEG: Final = ("hip", "knee", "ankle")
#: Files of a set continue each other; a median step further than this means that one is missing.
_LONGEST_STEP_M: Final = 0.03


@dataclass(frozen=True, slots=True)
class Shot:
    """A camera: the person's ``front``, the ``lead`` side (the leg in front, else left) or the ``other``.

    ``yaw_deg``: how far it is off that view; ``perfect``: landmarks without errors; ``rigid``: bones keep
    their length, see `stage`.
    """

    side: str = "lead"
    yaw_deg: float = 0.0
    perfect: bool = False
    rigid: bool = False

    @property
    def name(self) -> str:
        """Return what tables call it."""
        where = "front" if self.side == "front" else f"{self.side} side"
        turned = f", {self.yaw_deg:+.0f} degrees" if self.yaw_deg else ""
        return where + turned


@dataclass(frozen=True, slots=True, eq=False)
class Staged:
    """A set as it is filmed, 25 frames a second; what was not recorded lies outside every repetition.

    ``exact`` (from the joints) and ``theirs`` hold values by signal name, (T,); ``turns`` the frame of each
    repetition at which the hips are lowest; ``lowered`` how far they are below standing, leg lengths.
    """

    recording: Recording
    time_s: Array
    joints: Mapping[str, Array]
    exact: Mapping[str, Array]
    theirs: Mapping[str, Array]
    reps: tuple[tuple[int, int], ...]
    turns: tuple[int, ...]
    lead: str
    lowered: Array


def stage(recording: Recording, *, rigid: bool = False) -> Staged:
    """Return the set with two seconds of the person's most upright frame before it, and a moment after.

    From there into the first recorded frame, and back from the last, the body moves in 0.6 s: some files
    begin on the way down. A missing file is bridged the same way. Skin slides over a bending knee, so the
    recorded bones shrink; ``rigid`` puts each knee where bones of their standing length meet.
    """
    joints = _in_the_room(recording.joints)
    hips = (joints["left_hip"] + joints["right_hip"])[:, 1] / 2
    frames, reps = _timeline(recording, joints, upright=int(np.nanargmax(hips)))
    joints = {name: frames(path) for name, path in joints.items()}
    if rigid:
        joints |= {f"{side}_knee": rigid_knee(*(joints[f"{side}_{j}"] for j in _LEG)) for side in SIDES}
    lead = _lead(recording.movement, joints)
    exact = true_measures(joints, near="left" if lead == "left" else "right")
    drop = exact["hip_drop_pct"]
    return Staged(
        recording,
        time_s=np.arange(len(drop)) * _EVERY / RATE_HZ,
        joints=joints,
        exact=exact,
        theirs={name: frames(values) for name, values in recording.theirs.items()},
        reps=reps,
        turns=tuple(start + int(np.nanargmax(drop[start:end])) for start, end in reps),
        lead=lead,
        lowered=np.nan_to_num(drop - drop[0]) / 100,
    )


def rigid_knee(hip: Array, knee: Array, ankle: Array) -> Array:
    """Return where the knee (T, 3) is if thigh and shank stay as long as in the first frame.

    It stays in the plane of hip, knee and ankle; a leg longer than both bones is straight.
    """
    thigh, shank = (float(np.linalg.norm(end[0] - knee[0])) for end in (hip, ankle))
    line = ankle - hip
    reach = np.linalg.norm(line, axis=1, keepdims=True)
    along = line / reach
    out = knee - hip - np.sum((knee - hip) * along, axis=1, keepdims=True) * along
    out = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
    down = (thigh**2 - shank**2 + reach**2) / (2 * reach)
    moved: Array = hip + down * along + np.sqrt(np.maximum(thigh**2 - down**2, 0)) * out
    return moved


def _lead(movement: str, joints: Mapping[str, Array]) -> str:
    """Return the leg that is in front in a lunge; left in whatever has none."""
    ahead = np.nanmedian(joints["right_ankle"][:, 0] - joints["left_ankle"][:, 0])
    return "right" if movement == "lunge" and ahead > 0 else "left"


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Which recorded frames are shown when: ``share`` of ``second`` mixed into ``first``, each (T,)."""

    first: Array
    second: Array
    share: Array

    def __call__(self, values: Array) -> Array:
        """Return values (N, ...) of the recording as the film shows them, (T, ...)."""
        share = self.share.reshape(-1, *[1] * (values.ndim - 1))
        mixed = (1 - share) * values[self.first.astype(int)] + share * values[self.second.astype(int)]
        return np.asarray(mixed)


def _timeline(
    recording: Recording, joints: Mapping[str, Array], *, upright: int
) -> tuple[Timeline, tuple[tuple[int, int], ...]]:
    """Return what is shown when and the frames of every repetition, both in film frames."""
    pieces, reps, length = [_hold(upright, _STANDING_S)], [], round(_STANDING_S * RATE_HZ)
    last = upright
    for start, end in recording.reps:
        if last == upright or _steps(joints, last, start) > _LONGEST_STEP_M:
            pieces.append(_bridge(last, start))
            length += pieces[-1].shape[1]
        pieces.append(np.stack([np.arange(start, end), np.arange(start, end), np.zeros(end - start)]))
        reps.append((length, length + end - start))
        length, last = length + end - start, end - 1
    pieces += [_bridge(last, upright), _hold(upright, _END_S)]
    shown = np.concatenate(pieces, axis=1)[:, ::_EVERY]
    film_reps = tuple((-(-start // _EVERY), -(-end // _EVERY)) for start, end in reps)
    return Timeline(*shown), film_reps


def _hold(frame: int, seconds: float) -> Array:
    count = round(seconds * RATE_HZ)
    return np.stack([np.full(count, frame), np.full(count, frame), np.zeros(count)])


def _bridge(start: int, end: int) -> Array:
    count = round(_BRIDGE_S * RATE_HZ)
    share = (1 - np.cos(np.linspace(0, np.pi, count))) / 2
    return np.stack([np.full(count, start), np.full(count, end), share])


def _steps(joints: Mapping[str, Array], before: int, after: int) -> float:
    moved = [np.linalg.norm(path[after] - path[before]) for path in joints.values()]
    return float(np.nanmedian(moved))


def _in_the_room(joints: Mapping[str, Array]) -> dict[str, Array]:
    """Return joints with the middle of the ankles usually above the room's origin."""
    ankles = (joints["left_ankle"] + joints["right_ankle"]) / 2
    middle = np.nanmedian(ankles, axis=0) * np.array([1.0, 0.0, 1.0])
    return {name: path - middle for name, path in joints.items()}


# ---------------------------------------------------------------- filming


def film(staged: Staged, shot: Shot, noise: Noise) -> Track:
    """Return the landmarks a pose model would give of this set, seen by this camera.

    A person borrows the errors of one donor for both sets of a movement.
    """
    view = camera_view(staged, shot)
    camera = Camera(view=view, yaw_deg=shot.yaw_deg, height_m=0.9, distance_m=3.6, px_per_m=250.0)  # type: ignore[arg-type]
    track = track_of(staged.joints, staged.time_s, camera)
    if shot.perfect:
        return track
    recording = staged.recording
    seed = zlib.crc32(f"{recording.subject} {recording.movement} {shot.name}".encode())
    sight = Sight(recording.movement, view, staged.lead)
    return spoil(track, staged.lowered, noise, sight, px_per_m=camera.px_per_m, seed=seed)


def camera_view(staged: Staged, shot: Shot) -> str:
    """Return ``front``, or the side of the body that this camera is to see."""
    if shot.side == "front":
        return "front"
    return staged.lead if shot.side == "lead" else SIDES[1 - SIDES.index(staged.lead)]
