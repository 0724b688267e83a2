"""The spine of a posed body: pelvis pitch and side bend solved so that the trunk leans as asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.geometry import wrap
from movement_lab.records import Array
from movement_lab.skeleton import SIDES
from movement_lab.synthetic.bodies import LETTER, Body, middle
from movement_lab.synthetic.truth import OUTWARD, inclination_deg
from movement_lab.synthetic.vectors import UP, frame, leant_right, pitch_of, pitched, turned

#: How much of the lumbar flexion each bone has reached, from the sacrum up.
LUMBAR_SHARES: Final = {"spine04": 0.40, "spine03": 0.75, "spine02": 1.0}

#: How far the shoulder girdle turns forward with an arm held out level.
PROTRACTION_DEG: Final = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Spine:
    """What a stick figure lacks: ``lumbar_deg`` and ``thoracic_deg`` (T,), flexion +, beyond standing.

    ``lordosis_deg`` flattens (+) or deepens (-) the standing low back; it does not count as flexion.
    ``level_shares`` says how much of the flexion the lowest and the middle level have reached, in place
    of `LUMBAR_SHARES`; none means those.
    """

    lumbar_deg: Array
    thoracic_deg: Array
    lordosis_deg: float = 0.0
    level_shares: tuple[float, ...] = ()

    @property
    def levels(self) -> dict[str, float]:
        """Return how much of the flexion each bone has reached, from the sacrum up."""
        return LUMBAR_SHARES | dict(zip(("spine04", "spine03"), self.level_shares, strict=False))


def protraction_deg(fields: Mapping[str, Array], arms: str) -> dict[str, Array]:
    """Return how far each shoulder girdle is brought forward: an arm held out takes its shoulder along."""
    flexion = {
        side: fields[f"arm_{side}_deg"] if arms == "free" else 40 + 0 * fields["trunk_deg"] for side in SIDES
    }
    return {side: PROTRACTION_DEG * np.sin(np.radians(flexion[side].clip(0, 90))) for side in SIDES}


def spine_turns(
    body: Body, fields: Mapping[str, Array], spine: Spine, protraction: Mapping[str, Array]
) -> dict[str, Array]:
    """Return the rotations of pelvis, spine and shoulder girdle whose hip-shoulder chord leans as asked."""
    across = _pelvis_frame(fields)
    pitch, bend = fields["trunk_deg"] - spine.lumbar_deg / 2, fields["lean_right_deg"].copy()
    turns: dict[str, Array] = {}
    for _ in range(8):
        turns = _spine_at(across, pitch, bend, fields["thorax_turn_deg"], spine)
        for side, degrees in protraction.items():
            turns[f"clavicle.{LETTER[side]}"] = turns["spine01"] @ turned(OUTWARD[side] * degrees)
        chord = _chord(body, turns)
        pitch = pitch + fields["trunk_deg"] - inclination_deg(np.zeros_like(chord), chord)
        lean = np.degrees(np.arctan2(chord[:, 2], np.hypot(chord[:, 0], chord[:, 1])))
        bend = bend + fields["lean_right_deg"] * np.cos(np.radians(fields["trunk_deg"])) - lean
    return turns


def _spine_at(across: Array, pitch: Array, bend: Array, twist: Array, spine: Spine) -> dict[str, Array]:
    """Return rotations (T, 3, 3) of pelvis and spine for this pelvic pitch, side bend and twist."""
    pelvis = across @ pitched(pitch)
    turns = {name: pelvis for name in ("root", "pelvis.L", "pelvis.R", "spine05")}
    for name, share in spine.levels.items():
        flexion = pitched(share * (spine.lumbar_deg + spine.lordosis_deg))
        turns[name] = pelvis @ turned(share * twist) @ leant_right(share * bend) @ flexion
    turns["spine01"] = turns["spine02"] @ pitched(spine.thoracic_deg)
    return turns


def _pelvis_frame(fields: Mapping[str, Array]) -> Array:
    """Return the pelvis without pitch, (T, 3, 3): turned left, tipped right side up."""
    tip, turn = (np.tan(np.radians(fields[name])) for name in ("pelvis_right_up_deg", "pelvis_turn_deg"))
    right = np.stack([turn, tip, np.ones_like(turn)], axis=-1)
    return frame(up=np.broadcast_to(UP, right.shape), right=right, keep="right")


def _chord(body: Body, turns: Mapping[str, Array]) -> Array:
    """Return the vector from the middle of the hips to the middle of the shoulders, (T, 3)."""
    names = ("root", "spine05", "spine04", "spine03", "spine02", "spine01")
    starts = [middle(body, "upperleg01"), *(body.head(name) for name in names[1:])]
    ends = [*starts[1:], middle(body, "clavicle")]
    links = [turns[name] @ (end - start) for name, start, end in zip(names, starts, ends, strict=True)]
    for letter in LETTER.values():
        girdle = body.head(f"upperarm01.{letter}") - body.head(f"clavicle.{letter}")
        links.append(turns[f"clavicle.{letter}"] @ girdle / 2)
    chord: Array = np.sum(links, axis=0)
    return chord


def spine_truth(turns: Mapping[str, Array], spine: Spine) -> dict[str, Array]:
    """Return pelvis, thorax and what lies between them; pitch forward and flexion +.

    The thorax goes on past 180 degrees where somebody folds beyond upside down.
    """
    pelvis = pitch_of(turns["root"])
    lower, upper = (pitch_of(turns[name]) for name in ("spine02", "spine01"))
    lumbar = wrap(lower - spine.lordosis_deg - pelvis)
    return {
        "pelvic_tilt_deg": pelvis,
        "thorax_inclination_deg": pelvis + lumbar,
        "lumbar_flexion_deg": lumbar,
        "upper_back_rounding_deg": wrap(upper - lower),
    }
