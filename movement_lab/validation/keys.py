"""What a result depends on, as short hashes: same key, same result, nothing to do again.

Code is fingerprinted by what it does: comments, docstrings and layout don't count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Final

from movement_lab.assets import asset
from movement_lab.fingerprints import code_fingerprint, short_hash
from movement_lab.knowledge import knowledge_hash
from movement_lab.spine.contour_model import MODEL_FILE
from movement_lab.synthetic.scene import Scene

_PACKAGE: Final = Path(__file__).parent.parent
_SYNTHETIC_TOOLS: Final = ("bake.py", "known.py", "samples.py", "__init__.py")
_TRACKING: Final = (
    *("tracking.py", "people.py", "recording.py", "backends", "video"),
    *(f"spine/{name}.py" for name in ("pictures", "contour")),
)
_DOTS: Final = tuple(f"spine/{name}.py" for name in ("dots", "sticker_table"))
_SPINE: Final = ("spine", "coordination")
_NOT_ASSESSING: Final = (
    *("cli.py", "charts.py", "progress.py", "fingerprints.py"),
    *("results.py", "summary.py", "whisker.py", "recording.py"),
)


def clip_key(scene: Scene) -> str:
    """Return the key of a rendered clip: the scene and the generator."""
    return short_hash({"scene": asdict(scene), "generator": generator_fingerprint()})


def track_key(clip: str, model_sha256: str, *, stickers: bool = False) -> str:
    """Return the key of a raw track: clip, the model's bytes, how videos (and dots) are followed."""
    tracking = tracking_fingerprint(stickers=stickers)
    return short_hash({"clip": clip, "model": model_sha256, "tracking": tracking})


def assessment_key(track: str, declared: Mapping[str, Any]) -> str:
    """Return the key of an assessment: track, tables, pipeline, what reads the spine, what was declared."""
    return short_hash(
        {
            "track": track,
            "knowledge": knowledge_hash(),
            "pipeline": pipeline_fingerprint(),
            "spine": spine_fingerprint(),
            "declared": dict(declared),
        }
    )


@cache
def generator_fingerprint() -> str:
    """Return the fingerprint of everything that makes a picture: the generator's code and its bodies."""
    folder = _PACKAGE / "synthetic"
    code = [path for path in sorted(folder.glob("*.py")) if path.name not in _SYNTHETIC_TOOLS]
    bodies = hashlib.sha256((folder / "data" / "bodies.npz").read_bytes()).hexdigest()
    return short_hash({"code": code_fingerprint(code), "bodies": bodies})


@cache
def tracking_fingerprint(*, stickers: bool) -> str:
    """Return the fingerprint of the code between a video and a raw track, with or without dots."""
    places = [_PACKAGE / name for name in (*_TRACKING, *(_DOTS if stickers else ()))]
    return code_fingerprint(
        sorted(path for place in places for path in (place.rglob("*.py") if place.is_dir() else [place]))
    )


@cache
def pipeline_fingerprint() -> str:
    """Return the fingerprint of the code between a raw track and compared figures."""
    modules = [path for path in sorted(_PACKAGE.glob("*.py")) if path.name not in _NOT_ASSESSING]
    comparing = [Path(__file__).with_name(name) for name in ("compare.py", "pictured.py")]
    return code_fingerprint([*modules, *comparing])


@cache
def spine_fingerprint() -> str:
    """Return the fingerprint of what reads a spine from a raw track and compares it: code, and the model."""
    folders = [path for name in _SPINE for path in sorted((_PACKAGE / name).rglob("*.py"))]
    model = asset("models") / MODEL_FILE
    digest = hashlib.sha256(model.read_bytes()).hexdigest() if model.exists() else ""
    comparing = Path(__file__).with_name("spine_compare.py")
    return short_hash({"code": code_fingerprint([*folders, comparing]), "model": digest})
