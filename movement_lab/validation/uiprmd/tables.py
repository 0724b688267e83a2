"""Tables of the UI-PRMD section, each from the results by one function."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from movement_lab.records import MOVEMENTS
from movement_lab.validation.stats import agreement
from movement_lab.validation.tables import Cell, Table, show
from movement_lab.validation.uiprmd.compare import OTHER_SHOTS, SHOTS, Seen, UiprmdResults
from movement_lab.validation.uiprmd.curves import CURVES, TURN
from movement_lab.validation.uiprmd.film import Shot

_AGREEMENT: Final = (
    *("people", "reps", "bias at the turn", "limits of agreement"),
    *("RMSE", "r", "range", "ours larger by"),
)
_NAMED: Final = (*MOVEMENTS, "unknown", "none")
_GATES: Final = ("full", "widened", "refused")
_REAR: Final = Shot("other")
_THEIRS: Final = {
    "knee_flexion_deg": "knee",
    "hip_trunk_flexion_deg": "hip + spine (thigh on thorax)",
    "hip_pelvis_flexion_deg": "hip (thigh on pelvis; another quantity)",
    "trunk_inclination_deg": "thorax tilt",
}


@dataclass(frozen=True, slots=True)
class CurveAgreement:
    """How curves agree over repetitions, degrees.

    ``bias`` and limits ``low`` to ``high`` are of the differences at the turn; ``rmse`` and ``r`` of whole
    curves (mean, median); ``range`` is the reference's and ``larger`` how much larger ours is.
    """

    people: int
    reps: int
    bias: float
    low: float
    high: float
    rmse: float
    r: float
    range: float
    larger: float

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Return the cells of a table row."""
        limits = f"{show(self.low)} to {show(self.high)}"
        r = f"{self.r:.3f}" if math.isfinite(self.r) else "–"
        return self.people, self.reps, self.bias, limits, self.rmse, r, self.range, self.larger


def curve_agreement(found: Sequence[Seen], index: int, against: str) -> CurveAgreement:
    """Return how our curves of `CURVES[index]` agree with ``exact`` or ``theirs``."""
    pairs = [(s.subject, *pair) for s in found if s.curves for pair in s.curves[index].pairs(against)]
    if not pairs:
        return CurveAgreement(0, 0, *(math.nan,) * 7)
    ours, reference = (np.array([pair[i] for pair in pairs]) for i in (1, 2))
    at_turn = agreement((ours - reference)[:, TURN].tolist())
    ranges = np.ptp(ours, axis=1), np.ptp(reference, axis=1)
    return CurveAgreement(
        people=len({subject for subject, *_ in pairs}),
        reps=len(pairs),
        bias=at_turn.bias,
        low=at_turn.low,
        high=at_turn.high,
        rmse=float(np.sqrt(((ours - reference) ** 2).mean(axis=1)).mean()),
        r=float(np.median([np.corrcoef(a, b)[0, 1] for a, b in zip(ours, reference, strict=True)])),
        range=float(ranges[1].mean()),
        larger=float((ranges[0] - ranges[1]).mean()),
    )


def exact_table(results: UiprmdResults) -> Table:
    """Return our curves against exact ones of the same definition from the same joints."""
    rows = [
        (movement, landmarks(shot), bones, name, *curve_agreement(found, i, "exact").cells)
        for movement, shot, found in _watched(results, (*SHOTS[:4], _REAR))
        for bones in ("constant" if shot.rigid else "as recorded",)
        for i, name, reference in _curves(movement, shot)
        if reference == CURVES[i][0]
    ]
    return Table(("movement", "landmarks", "bones", "measure", *_AGREEMENT), tuple(rows))


def theirs_table(results: UiprmdResults) -> Table:
    """Return our curves against the data set's own angles."""
    rows = [
        (movement, landmarks(shot), name, _THEIRS[reference], *curve_agreement(found, i, "theirs").cells)
        for movement, shot, found in _watched(results, (Shot(perfect=True), Shot(), _REAR))
        for i, name, reference in _curves(movement, shot)
    ]
    return Table(("movement", "landmarks", "ours", "theirs", *_AGREEMENT), tuple(rows))


def _watched(results: UiprmdResults, shots: Sequence[Shot]) -> Iterator[tuple[str, Shot, list[Seen]]]:
    """Yield what cameras saw of our movements; the other side of a squat is no new row."""
    for movement in MOVEMENTS:
        for shot in shots:
            found = results.of(movement, shot)
            if found and not (shot == _REAR and movement == "squat"):
                yield movement, shot, found


def _curves(movement: str, shot: Shot) -> Iterator[tuple[int, str, str]]:
    """Yield index, our name (with the leg, in lunges) and the reference's name of every curve."""
    for i, (measure, reference, sided) in enumerate(CURVES):
        leg = ("lead" if shot.side == "lead" else "rear") if sided and movement == "lunge" else ""
        yield i, f"{measure} {leg}".strip(), reference


def landmarks(shot: Shot) -> str:
    """Return what tables call landmarks without and with errors."""
    return "perfect" if shot.perfect else "with errors"


# ---------------------------------------------------------------- what the pipeline said


def camera_table(results: UiprmdResults) -> Table:
    """Return what every camera came to: movement, view, repetitions, and the knee's error."""
    rows = []
    for movement in MOVEMENTS:
        for shot in (shot for shot in SHOTS if not shot.rigid):
            if found := results.of(movement, shot):
                knee = curve_agreement(found, 0, "exact")
                cells = *_recognition(found, movement), knee.bias, knee.rmse
                rows.append((movement, shot.name, landmarks(shot), *cells))
    columns = ("movement", "camera", "landmarks", "sets", "recognised", "unknown", "wrong")
    more = ("standing found", "view right", *_GATES, "repetitions", "knee bias", "knee RMSE")
    return Table((*columns, *more), tuple(rows))


def _recognition(found: Sequence[Seen], movement: str) -> tuple[Cell, ...]:
    named, gates = Counter(s.recognised for s in found), Counter(s.gate for s in found)
    unknown = named["unknown"] + named["none"]
    names = len(found), named[movement], unknown, len(found) - named[movement] - unknown
    yes = sum(s.standing_found for s in found), sum(s.view_right for s in found)
    return *names, *yes, *(gates[gate] for gate in _GATES), counted(found)


def counted(found: Sequence[Seen]) -> str:
    """Return how many of the true repetitions were found."""
    return f"{sum(s.matched for s in found)}/{sum(s.true for s in found)}"


def reps_table(results: UiprmdResults) -> Table:
    """Return how repetitions were counted in correct and incorrect sets."""
    rows: list[tuple[Cell, ...]] = []
    for movement in MOVEMENTS:
        for shot in (Shot(perfect=True), *OTHER_SHOTS):
            for correct in (True, False):
                if found := results.of(movement, shot, correct=correct):
                    kind = "correct" if correct else "incorrect"
                    whole = sum(s.found == s.true == s.matched for s in found)
                    extra = sum(s.found - s.matched for s in found)
                    cells = len(found), whole, counted(found), extra
                    rows.append((movement, kind, shot.name, landmarks(shot), *cells))
    columns = ("movement", "sets are", "camera", "landmarks", "sets", "all counted", "found/true", "extra")
    return Table(columns, tuple(rows))


def others_table(results: UiprmdResults) -> Table:
    """Return what movements that are not ours were taken for."""
    rows: list[tuple[Cell, ...]] = []
    for movement in (name for name in results.movements if name not in MOVEMENTS):
        for shot in OTHER_SHOTS:
            found = results.of(movement, shot)
            named = Counter(s.recognised for s in found)
            reasons = Counter(reason for s in found for reason in s.reasons).most_common(3)
            why = ", ".join(f"{reason} {count}" for reason, count in reasons) or "–"
            rows.append((movement, shot.name, len(found), *(named[name] for name in _NAMED), why))
    columns = ("movement", "camera", "sets", *(f"seen as {name}" for name in _NAMED))
    return Table((*columns, "reasons given"), tuple(rows))
