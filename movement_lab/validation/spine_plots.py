"""Pictures of the accuracy page about the spine: what was read and what cheaper guesses say, against true."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from movement_lab.validation.plots import COLOURS
from movement_lab.validation.run import Results
from movement_lab.validation.spine_compare import ANGLES, LUMBAR
from movement_lab.validation.spine_values import Reading, by_contour, readings

_WAYS: Final = {
    "value": "read from the back's edge",
    "guess": "from body points alone",
    "mean": "always the mean",
}
_LIMITS_DEG: Final = {
    LUMBAR: (-25.0, 70.0),
    "pelvic_tilt_deg": (-30.0, 75.0),
    "thorax_inclination_deg": (-10.0, 115.0),
    "upper_back_rounding_deg": (-15.0, 45.0),
}


def draw_spine(results: Results, folder: Path, *, model: str) -> list[Path]:
    """Draw lumbar flexion told in three ways against the truth, then all angles; none without a reading."""
    import matplotlib

    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    near = [r for r in by_contour(readings(results, model=model)) if r.known]
    if not near:
        return []
    low_back = [r for r in near if r.angle == LUMBAR]
    return [
        _draw([(LUMBAR, what, title, low_back) for what, title in _WAYS.items()], folder / "lumbar.png"),
        _draw(
            [(angle, "value", angle, [r for r in near if r.angle == angle]) for angle in ANGLES],
            folder / "spine.png",
        ),
    ]


def _draw(panels: Sequence[tuple[str, str, str, Sequence[Reading]]], path: Path) -> Path:
    import matplotlib.pyplot as plt

    size = (3.4 * len(panels), 3.6)
    figure, axes = plt.subplots(1, len(panels), figsize=size, layout="constrained")
    for axis, (angle, what, title, found) in zip(axes, panels, strict=True):
        _against_truth(axis, found, what, _LIMITS_DEG[angle])
        axis.set_title(title, fontsize=9)
    axes[0].set_ylabel("change from standing as told, degrees", fontsize=9)
    axes[-1].legend(fontsize=6, frameon=False, loc="upper left")
    figure.supxlabel("true change from standing at the turn, degrees", fontsize=9)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


def _against_truth(axis: Any, found: Sequence[Reading], what: str, limits: tuple[float, float]) -> None:
    """Draw one ring a repetition; what lies outside is drawn at the edge, never left out."""
    low, high = limits
    axis.plot(limits, limits, color="#999999", linewidth=0.8)
    for movement, colour in COLOURS.items():
        mine = [r for r in found if r.row["movement"] == movement]
        told = [min(max(getattr(r, what), low), high) for r in mine]
        style = {"s": 16, "facecolors": "none", "edgecolors": colour, "linewidths": 0.9}
        axis.scatter([min(max(r.true, low), high) for r in mine], told, label=movement, **style)
    axis.set(xlim=limits, ylim=limits, aspect="equal")
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)
