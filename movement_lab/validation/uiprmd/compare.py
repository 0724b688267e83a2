"""UI-PRMD through our eyes: its people before virtual cameras, our curves beside its own.

The data set has markers and joint angles, no video. So its joints are projected as landmarks, spoilt as a
pose model spoils them on rendered people, and assessed as any recording. What comes out is compared with
two references, which are kept apart: *exact* values of our own definition from the same joints, and the
data set's *own* angles, whose definitions are others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.declared import Declared
from movement_lab.pipeline import assess
from movement_lab.records import MOVEMENTS, Rep
from movement_lab.report import Report
from movement_lab.skeleton import SIDES
from movement_lab.validation.uiprmd.curves import Curves, at_rest, curves_of
from movement_lab.validation.uiprmd.film import Shot, Staged, camera_view, film, stage
from movement_lab.validation.uiprmd.noise import Noise, load_noise
from movement_lab.validation.uiprmd.read import Recording, read_recordings, unpacked

SHOTS: Final = (
    Shot(perfect=True),
    Shot(perfect=True, rigid=True),
    Shot(),
    Shot(rigid=True),
    Shot("other"),
    Shot(yaw_deg=-12),
    Shot(yaw_deg=12),
    Shot(yaw_deg=20),
    Shot("front", perfect=True),
    Shot("front"),
)
#: What is neither squat, hinge nor lunge is only to be recognised as such.
OTHER_SHOTS: Final = (Shot(), Shot("front"))


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one camera and the pipeline made of one recording.

    ``found``: repetitions the pipeline found; ``matched``: true ones with a found turn inside; ``values``
    and ``exact`` hold what the same repetitions come to at the turn, change from standing, by measure and
    side; ``grades`` what became of each finding. Values and grades are those of a movement that was
    declared where it was not recognised, as a user would.
    """

    movement: str
    subject: int
    correct: bool
    lead: str
    shot: Shot
    recognised: str
    reasons: tuple[str, ...]
    true: int
    found: int
    matched: int
    gate: str
    view_right: bool
    standing_found: bool
    curves: tuple[Curves, ...]
    values: Mapping[tuple[str, str], float]
    exact: Mapping[tuple[str, str], float]
    grades: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Shrinking:
    """How much shorter the recorded bones of one set are at the turn than in standing, and what it does.

    ``knee_deg``: how much more the knee would bend at the turn if the bones had kept their length.
    """

    movement: str
    subject: int
    thigh_cm: float
    shank_cm: float
    knee_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class UiprmdResults:
    """Everything the section and the plot are made of.

    ``left_out`` names recordings that could not be used, and why; ``angle_check_deg`` is the largest
    distance of their thorax angles from their thorax markers; ``noise`` says what the landmark errors
    were measured on.
    """

    seen: tuple[Seen, ...]
    shrinking: tuple[Shrinking, ...]
    left_out: Mapping[str, str]
    angle_check_deg: float
    noise: Mapping[str, Any]

    def of(self, movement: str, shot: Shot, *, correct: bool | None = None) -> list[Seen]:
        """Return what one camera saw of a movement; all its sets, or only correct or incorrect ones."""
        found = [s for s in self.seen if s.movement == movement and s.shot == shot]
        return [s for s in found if correct is None or s.correct is correct]

    @property
    def movements(self) -> list[str]:
        """Return the movements the source had, ours first."""
        had = dict.fromkeys(s.movement for s in self.seen)
        return sorted(had, key=lambda name: (name not in MOVEMENTS, name != "squat", name))


def compare_uiprmd(source: Path, *, noise: Noise | None = None) -> UiprmdResults:
    """Put every Vicon recording of a folder or tar file through the pipeline.

    Parameters
    ----------
    source
        The UI-PRMD data set or part of it; only its Vicon files are read.
    noise
        Errors of landmarks; what was measured on rendered people if left out.

    Raises
    ------
    UsageError
        The source has no Vicon recording.
    """
    noise = noise or load_noise()
    with unpacked(source) as folder:
        recordings, left_out = read_recordings(folder)
    seen = [one for recording in recordings for one in _watch_all(recording, noise)]
    shrinking = [_shrinking(recording) for recording in recordings if recording.movement in MOVEMENTS]
    check = max((recording.angle_check_deg for recording in recordings), default=float("nan"))
    return UiprmdResults(tuple(seen), tuple(shrinking), left_out, check, noise.made)


def _watch_all(recording: Recording, noise: Noise) -> Iterator[Seen]:
    shots = SHOTS if recording.movement in MOVEMENTS else OTHER_SHOTS
    staged = {rigid: stage(recording, rigid=rigid) for rigid in {shot.rigid for shot in shots}}
    for shot in shots:
        yield watch(staged[shot.rigid], shot, noise)


def watch(staged: Staged, shot: Shot, noise: Noise) -> Seen:
    """Film one set with one camera, assess it and take down what came of it."""
    recording, view = staged.recording, camera_view(staged, shot)
    track = film(staged, shot, noise)
    report = told = assess(track)
    if recording.movement in MOVEMENTS and report.movement.name != recording.movement:
        told = assess(track, Declared(recording.movement))
    return Seen(
        movement=recording.movement,
        subject=recording.subject,
        correct=recording.correct,
        lead=staged.lead,
        shot=shot,
        recognised=report.movement.name,
        reasons=report.movement.reasons,
        true=len(staged.reps),
        found=len(report.reps),
        matched=len(_matched(staged, report.reps, report)),
        gate=report.view.gate,
        view_right=report.view.name == view,
        standing_found=report.standing.found,
        curves=tuple(curves_of(staged, report, view)) if view in SIDES else (),
        values=_values(told),
        exact=_exact(staged, told),
        grades={f"{f.id} {f.side}": f.grade for f in told.findings if f.graded_kind == "graded"},
    )


def _matched(staged: Staged, reps: Sequence[Rep], report: Report) -> list[int]:
    """Return the true turns (frames) of repetitions during which one of the found ``reps`` turns."""
    found_s = np.array([report.track.time_s[rep.turn] for rep in reps])
    times_s, bounds = staged.time_s, zip(staged.reps, staged.turns, strict=True)
    return [
        turn
        for (start, end), turn in bounds
        if ((found_s >= times_s[start]) & (found_s <= times_s[end - 1])).any()
    ]


def _values(report: Report) -> dict[tuple[str, str], float]:
    """Return what the report says of the set at the turn, change from standing."""
    return {
        (m.name, m.side): m.value
        for m in report.measurements
        if m.rep is None and m.at == "turn" and m.zero == "rel" and np.isfinite(m.value)
    }


def _exact(staged: Staged, report: Report) -> dict[tuple[str, str], float]:
    """Return the same from the joints: the median over the repetitions that the report speaks of."""
    turns = _matched(staged, [rep for rep in report.reps if rep.graded], report)
    rest = at_rest(staged, report)
    found: dict[tuple[str, str], float] = {}
    if not turns:
        return found
    for key, values in staged.exact.items():
        stem, _, unit = key.rpartition("_")
        name, _, side = stem.rpartition("_")
        measure = (f"{name}_{unit}", side) if side in SIDES else (key, "mid")
        found[measure] = float(np.median(values[turns]) - np.median(values[rest]))
    return found


def _shrinking(recording: Recording) -> Shrinking:
    staged, rigid = stage(recording), stage(recording, rigid=True)
    turns, lead = list(staged.turns), staged.lead
    hip, knee, ankle = (staged.joints[f"{lead}_{name}"] for name in ("hip", "knee", "ankle"))
    thigh, shank = (np.linalg.norm(end - knee, axis=1) for end in (hip, ankle))
    key = f"knee_flexion_{lead}_deg"
    more = rigid.exact[key] - rigid.exact[key][0] - staged.exact[key] + staged.exact[key][0]
    return Shrinking(
        recording.movement,
        recording.subject,
        thigh_cm=100 * float(np.median(thigh[0] - thigh[turns])),
        shank_cm=100 * float(np.median(shank[0] - shank[turns])),
        knee_deg=float(np.median(more[turns])),
    )
