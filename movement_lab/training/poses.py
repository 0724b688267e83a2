"""Poses drawn by chance: further than people go, and lumbar flexion hardly tied to the lean.

Were the low back always to bend as it usually does, an estimator would learn the usual instead of
looking at the back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from movement_lab.records import Array
from movement_lab.synthetic.bodies import Body, stick_of
from movement_lab.synthetic.kinematics import Posed, pose_body
from movement_lab.synthetic.motion import repetitions
from movement_lab.synthetic.spine import Spine
from movement_lab.synthetic.stick import StickBody, StickPose, on_leg
from movement_lab.synthetic.tempo import Tempo

Range = tuple[float, float]

#: Degrees from, to: inclinations of the (lead) leg and of the trunk, and flexion of the low back. Any of the
#: others begins and ends like ``start``.
FAMILIES: Final[Mapping[str, Mapping[str, Range]]] = {
    "squat": {"thigh": (15, 118), "shank": (3, 40), "trunk": (0, 75), "lumbar": (-20, 60)},
    "hinge": {"thigh": (0, 45), "shank": (-10, 14), "trunk": (15, 120), "lumbar": (-20, 65)},
    "bend": {"thigh": (-8, 20), "shank": (-10, 8), "trunk": (20, 170), "lumbar": (0, 75)},
    "lunge": {"thigh": (30, 95), "shank": (0, 32), "trunk": (-5, 60), "lumbar": (-20, 45)},
    "start": {"thigh": (-3, 35), "shank": (-6, 18), "trunk": (-3, 45), "lumbar": (-15, 32)},
}
#: How often; a start only where it is asked for.
_FAMILY_SHARES: Final = (0.3, 0.3, 0.2, 0.2, 0.0)
_THORACIC: Final = (-12.0, 25.0)

#: How the arms are held, and how often.
ARM_WAYS: Final = {
    "hanging": 0.38,
    "forward": 0.18,
    "along": 0.10,
    "crossed": 0.12,
    "hips": 0.06,
    "goblet": 0.10,
    "behind": 0.06,
}

#: Arms that some people hold alike all the time, in standing too: it shifts shoulders and chest. How often.
KEPT_ARMS: Final = {"crossed": 0.6, "goblet": 0.4}

#: What a person can do, degrees: hip flexion between thigh and pelvis, and the pelvis itself.
_HIP: Final = (-30.0, 140.0)
_PELVIS: Final = (-60.0, 110.0)
_TRIES: Final = 40


@dataclass(frozen=True, slots=True)
class Moment:
    """One picture's pose: ``family`` of movement (or ``standing``), how the arms are held, the body."""

    family: str
    arms: str
    posed: Posed

    def stepped(self, ahead_m: float) -> Moment:
        """Return the same pose further ahead, as after a step."""
        step_m = np.array([ahead_m, 0.0, 0.0])
        transforms = self.posed.transforms.copy()
        transforms[..., 3] += step_m
        joints = {name: points + step_m for name, points in self.posed.joints.items()}
        return replace(self, posed=replace(self.posed, transforms=transforms, joints=joints))


def kept_arms(rng: np.random.Generator) -> str:
    """Return how somebody holds their arms from standing on, drawn by chance."""
    return str(rng.choice(list(KEPT_ARMS), p=list(KEPT_ARMS.values())))


def standing(
    body: Body,
    rng: np.random.Generator,
    *,
    lordosis_deg: float,
    levels: tuple[float, ...] = (),
    kept: str = "",
) -> Moment:
    """Return somebody at ease, a little different each time.

    ``levels`` as in `Spine`; ``kept`` says how the arms are held, by chance where it is empty.
    """
    arms = kept or str(rng.choice(["along", "crossed"], p=[0.8, 0.2]))
    fields: dict[str, Any] = {
        "thigh_deg": 1 + rng.normal(0, 1.5),
        "shank_deg": 1 + rng.normal(0, 1.5),
        "trunk_deg": rng.normal(0, 2),
        **_feet(rng),
        **_head(rng, 0.0, (-10, 15)),
        **_arms(rng, arms, 0.0),
    }
    pose = on_leg(stick_of(body), **fields)
    spine = Spine(np.zeros(1), np.zeros(1), lordosis_deg, levels)
    return Moment("standing", arms, pose_body(body, pose, spine, arms=_mode(arms)))


def bent(
    body: Body,
    rng: np.random.Generator,
    *,
    lordosis_deg: float,
    levels: tuple[float, ...] = (),
    kept: str = "",
    family: str = "",
) -> Moment:
    """Return somebody in the middle of a movement, in a pose a person can take.

    ``levels`` and ``kept`` as in `standing`; ``family`` is one of `FAMILIES`, by chance where it is empty.
    """
    stick = stick_of(body)
    for _ in range(_TRIES):
        chosen = family or str(rng.choice(list(FAMILIES), p=_FAMILY_SHARES))
        arms = kept or str(rng.choice(list(ARM_WAYS), p=list(ARM_WAYS.values())))
        trunk = rng.uniform(*FAMILIES[chosen]["trunk"])
        lumbar = _lumbar(rng, chosen, trunk)
        pose = _pose(stick, rng, chosen, arms, trunk)
        thoracic = rng.uniform(*_THORACIC) + (10 if chosen == "bend" else 0)
        spine = Spine(np.array([lumbar]), np.array([thoracic]), lordosis_deg, levels)
        posed = pose_body(body, pose, spine, arms=_mode(arms))
        if _possible(posed):
            return Moment(chosen, arms, posed)
    raise RuntimeError(f"No possible pose in {_TRIES} tries. The ranges of the families exclude each other.")


def _lumbar(rng: np.random.Generator, family: str, trunk: float) -> float:
    """Two in three anything at all, one in three about what is usual."""
    low, high = FAMILIES[family]["lumbar"]
    usual = rng.normal(0.4 * trunk, 15)
    return float(np.clip(usual if rng.random() < 1 / 3 else rng.uniform(low, high), low, high))


def _pose(stick: StickBody, rng: np.random.Generator, family: str, arms: str, trunk: float) -> StickPose:
    ranges = FAMILIES[family]
    fields: dict[str, Any] = {
        "trunk_deg": trunk,
        "thigh_deg": rng.uniform(*ranges["thigh"]),
        "shank_deg": rng.uniform(*ranges["shank"]),
        "lean_right_deg": rng.normal(0, 2),
        "thorax_turn_deg": rng.normal(0, 3),
        **_head(rng, trunk, (-70, 35)),
        **_arms(rng, arms, trunk),
    }
    if family == "lunge":
        return _lunge(stick, rng, fields)
    return on_leg(stick, **fields, **_feet(rng))


def _lunge(stick: StickBody, rng: np.random.Generator, fields: Mapping[str, float]) -> StickPose:
    """Return the bottom of a split lunge."""
    rear = {"rear_thigh_deg": rng.uniform(-25, 12), "heel_rise_rear_deg": rng.uniform(30, 62)}
    motion = repetitions(
        "lunge",
        body=stick,
        bottom={**fields, **rear},
        depths=(float(rng.uniform(0.6, 1)),),
        tempo=Tempo(0.4, 0.2, 0.4, 0.1),
        standing_s=0.1,
        end_s=0.1,
        rate_hz=10,
        lead="left" if rng.random() < 0.5 else "right",
        lunge_style="split",
    )
    turn = int(np.argmin(np.abs(motion.time_s - motion.reps[0].turn_s)))
    return StickPose(**{name: over[turn : turn + 1] for name, over in motion.pose.stretched().items()})


def _feet(rng: np.random.Generator) -> dict[str, Any]:
    turnout = rng.uniform(0, 25)
    return {
        "stance_m": rng.uniform(0.16, 0.48),
        "turnout_left_deg": turnout + rng.normal(0, 3),
        "turnout_right_deg": turnout + rng.normal(0, 3),
    }


def _head(rng: np.random.Generator, trunk: float, reach: Range) -> dict[str, float]:
    return {"gaze_deg": trunk + rng.uniform(*reach)}


def _arms(rng: np.random.Generator, way: str, trunk: float) -> dict[str, float]:
    """Return angles of free arms against the trunk; both about alike."""
    angle = {"hanging": trunk, "forward": rng.uniform(55, 120), "along": 4.0, "behind": rng.uniform(-50, -15)}
    apart = 4 if way in ("along", "behind") else 12
    left, right = angle.get(way, 0.0) + rng.normal(0, apart, 2)
    elbow = rng.uniform(0, 30) if way != "behind" else rng.uniform(10, 70)
    return {"arm_left_deg": left, "arm_right_deg": right, "elbow_deg": elbow}


def _mode(arms: str) -> str:
    return arms if arms in ("crossed", "hips", "goblet") else "free"


def _possible(posed: Posed) -> bool:
    truth = posed.truth()
    if not all(np.isfinite(points).all() for points in posed.joints.values()):
        return False
    hips = [float(truth[f"hip_pelvis_flexion_{side}_deg"][0]) for side in ("left", "right")]
    pelvis = float(truth["pelvic_tilt_deg"][0])
    fits = _PELVIS[0] <= pelvis <= _PELVIS[1]
    return fits and min(hips) >= _HIP[0] - 15 and max(hips) <= _HIP[1]


def angles_of(posed: Posed) -> Array:
    """Return pelvic pitch, lumbar flexion, thoracic flexion and thorax pitch, (4,) degrees."""
    truth: Mapping[str, Any] = posed.spine_truth
    names = ("pelvic_tilt_deg", "lumbar_flexion_deg", "upper_back_rounding_deg", "thorax_inclination_deg")
    return np.array([float(truth[name][0]) for name in names])
