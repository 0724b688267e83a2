"""How far off the estimator is, by clothes, movement and yaw, beside what is worth beating."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.records import Array
from movement_lab.spine.contour_model import ContourModel
from movement_lab.spine.estimate import SPINE_ANGLES
from movement_lab.training.samples import COVERING, Samples, groups

_WITHIN_80: Final = 1.2816
_LUMBAR: Final = SPINE_ANGLES.index("lumbar_flexion_deg")
#: Where shrinking to the middle would show: true lumbar flexion below and above, degrees.
ENDS_DEG: Final = (-5.0, 35.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One angle in one group of pictures; degrees and per cent."""

    group: str
    angle: str
    n: int
    mae: float
    bias: float
    r: float
    within_80_pct: float
    withheld_pct: float


def figures(value: Array, sd: Array, shown: NDArray[np.bool_], samples: Samples) -> list[Figure]:
    """Return every angle in every group; ``shown`` (N,): the estimator answered."""
    out = []
    answerable = ~np.isin(samples.arms, COVERING)
    for group, chosen in groups(samples).items():
        asked = chosen & answerable
        rows = asked & shown
        if rows.sum() < 3:
            continue
        withheld = 100 * float(np.mean(~shown[asked]))
        for i, angle in enumerate(SPINE_ANGLES):
            out.append(_figure(group, angle, value[rows, i], sd[rows, i], samples.y[rows, i], withheld))
    return out


def judged(
    model: ContourModel, samples: Samples, baselines: Mapping[str, Array]
) -> tuple[list[Figure], dict[str, Any]]:
    """Return figures on ``samples`` and the rest of the bar: ends, covered backs, baselines.

    ``baselines`` maps a name to its answers, (N, 4).
    """
    answer = model.answer(samples.x)
    shown = samples.usable & answer.known & answer.agreed & answer.free
    covered = np.isin(samples.arms, COVERING)
    plain = shown & ~covered & (samples.yaw_deg <= 15)
    rest: dict[str, Any] = {
        "covered_withheld_pct": _pct(~shown[covered]),
        "unlike_training_pct": _pct(~answer.known[samples.usable]),
        "unsure_pct": _pct(~answer.agreed[samples.usable & answer.known]),
        "ends": _ends(answer.value[plain, _LUMBAR], samples.y[plain, _LUMBAR]),
        "mae": {name: _mae(said[plain], samples.y[plain]) for name, said in baselines.items()},
    }
    rest["mae"]["this estimator"] = _mae(answer.value[plain], samples.y[plain])
    return figures(answer.value, answer.sd, shown, samples), rest


def factor_to_hold_80(model: ContourModel, samples: Samples) -> float:
    """Return what spreads must be multiplied by to hold 80 % of these pictures, yaw to 15, all angles."""
    samples = samples.where(samples.fit & ~np.isin(samples.arms, COVERING) & (samples.yaw_deg <= 15))
    answer = model.answer(samples.x)
    shown = answer.known & answer.agreed & answer.free
    ratios = np.abs(answer.value - samples.y)[shown] / (_WITHIN_80 * answer.sd[shown])
    return float(np.percentile(ratios, 80)) if shown.any() else float("nan")


def table(rows: Sequence[Figure]) -> str:
    """Return a Markdown table of lumbar flexion by group, then all angles of the first group."""
    head = "| group | angle | n | MAE | bias | r | 80 % interval holds | withheld |"
    lines = [head, "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for row in rows:
        lines.append(
            f"| {row.group} | {row.angle.removesuffix('_deg').replace('_', ' ')} | {row.n} | {row.mae:.1f} | "
            f"{row.bias:+.1f} | {row.r:.2f} | {row.within_80_pct:.0f} % | {row.withheld_pct:.0f} % |"
        )
    return "\n".join(lines)


def _figure(group: str, angle: str, value: Array, sd: Array, truth: Array, withheld: float) -> Figure:
    off = value - truth
    varies = len(off) > 2 and value.std() > 0 and truth.std() > 0
    return Figure(
        group,
        angle,
        len(off),
        float(np.abs(off).mean()),
        float(off.mean()),
        float(np.corrcoef(value, truth)[0, 1]) if varies else float("nan"),
        _pct(np.abs(off) <= _WITHIN_80 * sd),
        withheld,
    )


def _ends(value: Array, truth: Array) -> dict[str, tuple[int, float]]:
    """Return how many and the bias (degrees) below and above the ends."""
    low, high = ENDS_DEG
    parts = {f"true lumbar below {low:g}": truth < low, f"true lumbar above {high:g}": truth > high}
    return {
        name: (int(part.sum()), float((value - truth)[part].mean()) if part.any() else float("nan"))
        for name, part in parts.items()
    }


def _mae(value: Array, truth: Array) -> dict[str, float]:
    off = np.abs(value - truth).mean(axis=0) if len(truth) else np.full(len(SPINE_ANGLES), np.nan)
    return dict(zip(SPINE_ANGLES, (float(each) for each in off), strict=True))


def _pct(hits: NDArray[np.bool_]) -> float:
    return 100 * float(np.mean(hits)) if len(hits) else float("nan")
