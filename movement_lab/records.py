"""The nouns of the program.

Data flows one way through them:

Frame -> Pose -> Track -> signals -> Reps -> Measurements -> Findings -> Report

Conventions that hold everywhere: time is the first axis; image points are pixels, x right and
y *down*; angles are degrees with the signs of the clinical specification, section 1; NaN means
*not seen*. Records are frozen: each stage takes one and returns another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Signals = Mapping[str, Array]

Side = Literal["left", "right", "mid"]
ViewName = Literal["left", "right", "front", "back", "oblique"]
Facing = Literal["image_left", "image_right", "camera", "away"]
Gate = Literal["full", "widened", "refused"]
Tier = Literal["T0", "T1", "T2", "T3"]
Grade = Literal["none", "possible", "mild", "moderate", "marked", "not_graded"]
At = Literal[
    "turn", "range", "min", "max", "start_of_ascent", "finish", "wobble",
    "fall_to_turn", "max_while", "share_of_ascent",
]  # fmt: skip
Zero = Literal["abs", "rel"]

MOVEMENTS: Final = ("squat", "hinge", "lunge")
GRADES: Final = ("none", "possible", "mild", "moderate", "marked")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One upright image with its time.

    ``index`` is its number in the file, from 0; ``time_s`` is the presentation time, 0 at the first
    frame, strictly increasing; ``image`` is (H, W, 3) uint8, RGB, square pixels.
    """

    index: int
    time_s: float
    image: Image


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Body points of one person in one frame.

    ``xy`` (K, 2) pixels; ``xyz`` (K, 3) metres, hip-centred, x right, y up, z towards the camera;
    ``score`` (K,) 0-1, the model's own confidence, which proves little by itself. ``mask`` (H, W), 0-1:
    how surely each pixel is this person, where the backend was asked for it.
    """

    time_s: float
    xy: Array
    xyz: Array
    score: Array
    mask: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Poses of one person stacked over time: the central data shape.

    ``time_s`` (T,) seconds, strictly increasing; ``xy`` (T, K, 2) pixels, y down;
    ``xyz`` (T, K, 3) metres, y up; ``score`` (T, K); ``names`` the K house names;
    ``size`` (width, height) of the upright picture in pixels; ``origin`` says where it came
    from (plain JSON values). ``extras`` holds what else was read from each picture, by name, first axis
    T: the person's outline, stickers, spine points (`movement_lab.spine`).
    """

    time_s: Array
    xy: Array
    xyz: Array
    score: Array
    names: tuple[str, ...]
    size: tuple[int, int]
    origin: Mapping[str, Any] = field(default_factory=dict)
    extras: Mapping[str, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check the shapes once, at the door."""
        frames, points = len(self.time_s), len(self.names)
        for name, expected in (
            ("xy", (frames, points, 2)),
            ("xyz", (frames, points, 3)),
            ("score", (frames, points)),
        ):
            shape = getattr(self, name).shape
            if shape != expected:
                raise ValueError(f"Track.{name}: expected shape {expected}, got {shape}.")
        for name, values in self.extras.items():
            if len(values) != frames:
                raise ValueError(f"Track.extras[{name!r}]: expected {frames} frames, got {len(values)}.")
        if frames > 1 and not np.all(np.diff(self.time_s) > 0):
            raise ValueError("Track.time_s must increase strictly.")

    def __getitem__(self, name: str) -> Array:
        """Return one point's path, (T, 2) pixels: ``track["left_hip"]``."""
        return self.xy[:, self.names.index(name)]

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.time_s)

    @property
    def rate_hz(self) -> float:
        """Frames per second, from the median spacing of the times."""
        return float(1 / np.median(np.diff(self.time_s))) if len(self) > 1 else float("nan")


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stood.

    ``name``: the side of the person that faces the camera (``left``, ``right``, ``front``,
    ``back``) or ``oblique``; ``facing``: where the person looks; ``yaw_deg``: how far the camera
    is off the nearest true side or front view (0 = exact); ``gate`` (specification 1.2): ``full``
    up to 15, ``widened`` to 25, ``refused`` beyond; ``turn_deg``: how far the body is turned from
    facing the camera, left side showing positive, ±180.
    """

    name: ViewName
    facing: Facing
    yaw_deg: float
    gate: Gate
    turn_deg: float = 0.0
    declared: bool = False

    @property
    def plane(self) -> Literal["side", "front", "none"]:
        """Which plane's measures this view can show."""
        if self.gate == "refused" or self.name == "oblique":
            return "none"
        return "side" if self.name in ("left", "right") else "front"

    @property
    def sideways(self) -> bool:
        """Whether the person was filmed more from a side than from front or back, however obliquely."""
        if self.declared:
            return self.name in ("left", "right")
        return 45 < abs(self.turn_deg) < 135

    @property
    def near(self) -> Literal["left", "right"]:
        """The person's side nearer to the camera."""
        if self.name in ("left", "right"):
            return self.name
        return "left" if self.turn_deg >= 0 else "right"


@dataclass(frozen=True, slots=True)
class Standing:
    """The person's own relaxed standing, the zero of every ``rel`` value.

    ``zero`` maps signal keys to their standing median; ``sd`` to its uncertainty there.
    """

    found: bool
    start_s: float = float("nan")
    end_s: float = float("nan")
    zero: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rep:
    """One repetition: frame indices, half open ``[start, end)``, ``turn`` = deepest frame.

    ``bottom_start`` to ``bottom_end`` (half open) is the slow stretch around the turn: before it
    the way down, after it the way up. ``index`` counts from 1. ``side`` is the lead leg of a
    lunge, else ``mid``. ``graded`` is false where the repetition is kept but not judged;
    ``reasons`` say why.
    """

    index: int
    start: int
    turn: int
    end: int
    side: Side = "mid"
    graded: bool = True
    reasons: tuple[str, ...] = ()
    bottom_start: int = -1
    bottom_end: int = -1

    @property
    def bottom(self) -> tuple[int, int]:
        """Return the slow stretch around the turn, half open; the turn alone where none is known."""
        if self.start <= self.bottom_start <= self.turn < self.bottom_end <= self.end:
            return self.bottom_start, self.bottom_end
        return self.turn, self.turn + 1


@dataclass(frozen=True, slots=True, eq=False)
class SpineEstimate:
    """One method's reading of the spine along a track of ``T`` frames.

    ``method``: its id (``stickers``, ``contour``, ``keypoints``; "" where there is none). ``value``: angle
    name to (T,) degrees minus own standing, NaN where not seen; ``sd``: angle name to (T,), one standard
    deviation of the method; ``valid`` (T,) bool: frames in which it can be trusted; ``reasons``: why the
    others are not (empty if all are).
    """

    method: str
    value: Mapping[str, Array]
    sd: Mapping[str, Array]
    valid: NDArray[np.bool_]
    reasons: tuple[str, ...] = ()

    @property
    def frames_used(self) -> int:
        """Return how many frames carry a reading."""
        return int(np.count_nonzero(self.valid))


@dataclass(frozen=True, slots=True)
class Measurement:
    """One signal reduced over one repetition (``rep`` >= 1) or over the set (``rep`` is None).

    ``value`` NaN where it can't be known, with ``reasons``; ``low``/``high`` the 80 % interval,
    ``low95``/``high95`` the 95 % one; ``zero`` says whether the value is geometric (``abs``) or
    minus own standing (``rel``); ``mdc95`` the smallest change two visits can claim. The interval
    is made of ``sd_method`` (how far off the method may be) and ``sd_within`` (how sure the median
    of the repetitions is; 0 for a single one), one standard deviation each.
    """

    name: str
    rep: int | None
    side: Side
    at: At
    zero: Zero
    value: float
    low: float
    high: float
    low95: float
    high95: float
    unit: str
    tier: Tier
    method: str
    mdc95: float
    sd_method: float
    sd_within: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One compensation judged over the set.

    ``grade`` is ``not_graded`` (with ``reasons``) wherever it can't be judged, never ``none``;
    ``limits`` are the steps it was compared with; ``persistence`` the share of repetitions
    beyond the mild limit; ``frames_s`` start and end of where to look, per repetition.
    """

    id: str
    side: Side
    grade: Grade
    value: float
    low: float
    high: float
    low95: float
    high95: float
    unit: str
    measure: str
    at: At
    zero: Zero
    limits: Mapping[str, float]
    direction: str
    persistence: float
    tier: Tier
    evidence: str
    sources: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    frames_s: tuple[tuple[float, float], ...] = ()
    graded_kind: Literal["graded", "descriptive"] = "graded"


@dataclass(frozen=True, slots=True)
class Recognised:
    """Which movement it is: ``name`` as judged against, ``declared`` by the user or None."""

    name: Literal["squat", "hinge", "lunge", "unknown", "none"]
    declared: str | None = None
    reasons: tuple[str, ...] = ()
    variant: str | None = None
