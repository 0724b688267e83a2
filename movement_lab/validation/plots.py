"""Pictures of the accuracy page: errors against circumstances, and frames of the worst cases."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from movement_lab.records import Array, Image
from movement_lab.validation.judged import troubles
from movement_lab.validation.run import Results
from movement_lab.validation.tables import main_values
from movement_lab.validation.values import Value

SHOWN: Final = ("knee_flexion_deg", "hip_trunk_flexion_deg", "trunk_inclination_deg", "shank_inclination_deg")
COLOURS: Final = {"squat": "#2f6f8f", "hinge": "#b2622e", "lunge": "#5b7f3a"}
WORST: Final = 6
#: Errors beyond this are drawn at the edge.
EDGE_DEG: Final = 20.0
_JOINTS: Final = ("shoulder", "hip", "knee", "ankle", "heel", "foot_index")


def draw_plots(results: Results, folder: Path, *, model: str, store: Path | None = None) -> list[Path]:
    """Draw every plot into ``folder``; frames of the worst cases only where ``store`` has the clips."""
    import matplotlib

    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    side = [v for v in main_values(results, model=model, zero="rel") if v.row["plane"] == "side"]
    against: tuple[tuple[str, str, Callable[[Value], float]], ...] = (
        ("yaw", "camera off its view, degrees", lambda v: float(v.row["view"]["true_yaw_deg"])),
        ("size", "height of the person, pixels", lambda v: float(v.row["person_px"])),
        (
            "clothing",
            "looseness of the clothes, 0 tight to 1 very loose",
            lambda v: float(v.row["looseness"]),
        ),
        ("bmi", "body mass index", lambda v: float(v.row["bmi"])),
    )
    made = [_scatter(side, folder / f"{name}.png", label, x) for name, label, x in against]
    made.append(_against_truth(side, folder / "agreement.png"))
    if store is not None:
        made += draw_worst(results, folder / "worst.jpg", model=model, store=store)
    return made


def _scatter(found: Sequence[Value], path: Path, label: str, x: Callable[[Value], float]) -> Path:
    """Draw errors of the four angles against something, held-out bodies as rings."""
    figure, axes = _panels()
    for axis, name in zip(axes, SHOWN, strict=True):
        _dots(axis, [v for v in found if v.name == name], x)
        axis.set_title(name, fontsize=9)
    figure.supxlabel(label, fontsize=9)
    return _save(figure, axes, path)


def _against_truth(found: Sequence[Value], path: Path) -> Path:
    """Draw errors of the four angles against their true size."""
    figure, axes = _panels()
    for axis, name in zip(axes, SHOWN, strict=True):
        _dots(axis, [v for v in found if v.name == name and v.view == "side full"], lambda v: v.true)
        axis.set_title(name, fontsize=9)
    figure.supxlabel("true change from standing, degrees (view within the full gate)", fontsize=9)
    return _save(figure, axes, path)


def _panels() -> tuple[Any, Any]:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(SHOWN), figsize=(11, 3), sharey=True, layout="constrained")
    return figure, axes


def _dots(axis: Any, found: Sequence[Value], x: Callable[[Value], float]) -> None:
    """Draw one dot a value; errors beyond the axis are triangles at its edge, never left out."""
    for movement, colour in COLOURS.items():
        for split, face in (("tuning", colour), ("held_out", "none")):
            mine = [v for v in found if v.row["movement"] == movement and v.row["split"] == split]
            style = {"s": 18, "facecolors": face, "edgecolors": colour}
            inside = [v for v in mine if abs(v.error) <= EDGE_DEG]
            places = [x(v) for v in inside], [v.error for v in inside]
            axis.scatter(*places, **style, label=f"{movement}, {split.replace('_', '-')}")
            for v in (v for v in mine if abs(v.error) > EDGE_DEG):
                sign = 1 if v.error > 0 else -1
                axis.scatter(x(v), sign * EDGE_DEG, marker="^" if sign > 0 else "v", **style)
    axis.axhline(0, color="#999999", linewidth=0.8)
    axis.set_ylim(-EDGE_DEG - 1, EDGE_DEG + 1)


def _save(figure: Any, axes: Any, path: Path) -> Path:
    import matplotlib.pyplot as plt

    axes[0].set_ylabel("measured minus true, degrees", fontsize=9)
    for axis in axes:
        axis.spines[["top", "right"]].set_visible(False)
        axis.tick_params(labelsize=8)
    axes[-1].legend(fontsize=6, frameon=False)
    figure.savefig(path, dpi=110)
    plt.close(figure)
    return path


# ---------------------------------------------------------------- the worst cases


def draw_worst(results: Results, path: Path, *, model: str, store: Path) -> list[Path]:
    """Draw one frame of each of the worst clips: true joints as rings, followed ones as crosses."""
    rows = [
        row for row in results.whole if row["model"] == model and (store / "clips" / row["clip"]).is_dir()
    ]
    worst = sorted(rows, key=_badness, reverse=True)[:WORST]
    worst = [row for row in worst if _badness(row)[0] > 0]
    if not worst:
        return []
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(10.5, 9.6), layout="constrained", squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, row in zip(axes.flat, worst, strict=False):
        _draw_case(axis, row, store)
    figure.savefig(path, dpi=80, pil_kwargs={"quality": 80})
    plt.close(figure)
    return [path]


def _badness(row: Any) -> tuple[int, float]:
    """Order clips by how much went wrong, then by their largest main error."""
    errors = [
        abs(m["value"] - m["true"])
        for m in row["measures"]
        if m["name"] in SHOWN and m["zero"] == "rel" and not m["far"]
    ]
    return len(troubles(row)), max(errors, default=0.0)


def _draw_case(axis: Any, row: Any, store: Path) -> None:
    clip = store / "clips" / row["clip"]
    truth = json.loads((clip / "truth.json").read_text(encoding="utf-8"))
    turn_s = truth["reps"][0]["turn_s"]
    image, true, followed = _moment(clip, store / "tracks" / f"{row['track']}.npz", truth, turn_s)
    axis.imshow(image)
    axis.scatter(*true.T, s=26, facecolors="none", edgecolors="#ffffff", linewidths=1.4)
    axis.scatter(*followed.T, s=22, marker="x", color="#ffd000", linewidths=1.2)
    axis.set_title("\n".join([row["case"], *troubles(row)[:3]]), fontsize=7)


def _moment(clip: Path, track_path: Path, truth: Any, at_s: float) -> tuple[Image, Array, Array]:
    """Return the picture at a time, the true joints and the followed ones, (12, 2) pixels each."""
    from movement_lab.exporters.npz import load_track
    from movement_lab.video import read_frames

    frame = next(iter(read_frames(clip / "clip.mp4", start_s=at_s - 0.001)))
    names = [f"{side}_{joint}" for joint in _JOINTS for side in ("left", "right")]
    i = int(np.argmin(np.abs(np.array(truth["time_s"]) - frame.time_s)))
    true = np.array([truth["joints_px"][name][i] for name in names], float)
    track = load_track(track_path)
    j = int(np.argmin(np.abs(track.time_s - frame.time_s)))
    return frame.image, true, np.array([track[name][j] for name in names])
