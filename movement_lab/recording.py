"""From a file on disk to a Report: a video is tracked, a stored track is read, both are assessed."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from threading import Thread
from typing import Any, Final

from movement_lab.declared import Declared
from movement_lab.errors import NobodyError, UsageError
from movement_lab.importers import find_format, holds_points, read_points
from movement_lab.pipeline import assess
from movement_lab.records import Track
from movement_lab.report import Report
from movement_lab.spine.reading import FullBend, full_bend_of

#: Told how far the work is: stage id (wording ``progress.<id>``), share done 0-1.
Tell = Callable[[str, float], None]

#: Smallest errors on people with known angles: docs/decisions/model-and-segments.md.
DEFAULT_MODEL: Final = "heavy"

#: A pose that lasts less than this share of the clip is nobody we could assess.
_LEAST_SEEN_SHARE = 0.1

_PACKAGES = ("mediapipe", "numpy", "scipy", "av", "opencv-contrib-python")


@dataclass(frozen=True, slots=True)
class Options:
    """How a recording is assessed; what the user declares is in ``declared``.

    ``stickers``: colour of the dots on the back, "" for none; ``spine_model``: an ONNX file of spine
    points, the user's own; ``full_bend``: result folder or track of the person's own full forward bend.
    ``rate_hz``, ``size`` (width, height in pixels): of another tracker's points, where the file doesn't say.
    """

    declared: Declared = field(default_factory=Declared)
    model: str = DEFAULT_MODEL
    person: int | None = None
    height_cm: float | None = None
    stickers: str = ""
    spine_model: str = ""
    full_bend: Path | None = None
    workers: int | None = None
    rate_hz: float | None = None
    size: tuple[int, int] | None = None


def assess_video(path: Path, options: Options | None = None, *, tell: Tell | None = None) -> Report:
    """Assess a video; or in its place the ``track.npz`` of an earlier run, or another tracker's points.

    Raises
    ------
    UsageError
        Another tracker's points aren't known here, or rate or size of them are missing.
    VideoError
        The file can't be read as a video or a track.
    NobodyError
        Nobody in the picture who could be assessed.
    ModelError
        The pose model is missing or damaged, or the pose library fails.
    """
    path = Path(path)
    options = options or Options()
    tell = tell or (lambda stage, share: None)
    if path.suffix.lower() == ".npz":
        raw, options = _read_track(path, options)
    elif holds_points(path):
        raw = _read_points(path, options)
    else:
        raw = follow(path, options, tell)
    refuse_nobody(raw)
    tell("measuring", 0.0)
    return assess_track(raw, options)


def assess_track(raw: Track, options: Options) -> Report:
    """Judge a raw track as the options declare it: the part of `assess_video` that needs no video."""
    full_bend = _full_bend(options, raw)
    raw = replace(raw, origin={**raw.origin, "settings": settings_of(options, full_bend)})
    return assess(
        raw,
        options.declared,
        height_cm=options.height_cm,
        full_bend=full_bend,
        provenance=provenance(raw),
    )


def assess_again(raw: Track, declared: Declared) -> Report:
    """Assess a stored track as if this had been declared; everything else stays as it was then.

    Raises
    ------
    UsageError
        What was declared does not fit the clip.
    """
    settings = {**(raw.origin.get("settings") or {}), "declared": asdict(declared)}
    raw = replace(raw, origin={**raw.origin, "settings": settings})
    return assess(
        raw,
        declared,
        height_cm=settings.get("height_cm"),
        full_bend=_full_bend(Options(), raw),
        provenance=provenance(raw),
    )


def declared_in(raw: Track) -> Declared:
    """Return what was declared when a stored track was assessed."""
    return Declared.from_plain((raw.origin.get("settings") or {}).get("declared") or {})


def has_pictures(path: Path) -> bool:
    """Say whether a path is a video: not a stored track, nor another tracker's points."""
    return path.suffix.lower() != ".npz" and not holds_points(path)


def settings_of(options: Options, full_bend: FullBend | None = None) -> dict[str, Any]:
    """Return the settings a result depends on, as plain values."""
    return {
        "declared": asdict(options.declared),
        "person": options.person,
        "height_cm": options.height_cm,
        "stickers": options.stickers,
        "spine_model": Path(options.spine_model).name,
        "full_bend": asdict(full_bend) if full_bend else None,
    }


def _full_bend(options: Options, raw: Track) -> FullBend | None:
    """Return the person's own full bend: from the recording named, else as it was known before."""
    if options.full_bend is None:
        then = (raw.origin.get("settings") or {}).get("full_bend")
        if not isinstance(then, Mapping) or set(then) != set(FullBend.__dataclass_fields__):
            return None
        return FullBend(**then) if then["lumbar_deg"] > 0 else None
    path = options.full_bend
    track, then_options = _read_track(path / "track.npz" if path.is_dir() else path, Options())
    full_bend = full_bend_of(assess(track, then_options.declared).measurements)
    if full_bend is None:
        raise UsageError(
            f"{path.name} shows no full bend: the low back was read in no repetition, or did not bend. "
            "The results of a side view of the person's own full forward bend were needed, read the same way "
            "(stickers or outline). Film it again, or leave --full-bend out."
        )
    return full_bend


def provenance(raw: Track) -> dict[str, Any]:
    """Return where a report comes from: video, frame times, model, tables, versions, settings."""
    from movement_lab.knowledge import knowledge_hash

    return {
        "video": raw.origin.get("video", {}),
        "frame_times_s": [round(float(t), 6) for t in raw.time_s],
        "model": raw.origin.get("model", {}),
        "knowledge_sha256": knowledge_hash(),
        "settings": raw.origin.get("settings", {}),
        "versions": {**raw.origin.get("versions", {}), "movement_lab": own_version()},
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def own_version() -> str:
    """Return this package's version."""
    try:
        return version("movement-lab")
    except PackageNotFoundError:
        return "0+unknown"


def follow(path: Path, options: Options, tell: Tell) -> Track:
    """Track one person through a video: the part of `assess_video` that takes long; errors as there."""
    from movement_lab.spine.pictures import Wanted
    from movement_lab.tracking import track_video
    from movement_lab.video import probe
    from movement_lab.weights import find_model, inspect_model

    tell("reading", 0.0)
    info = probe(path)
    model_path = find_model(options.model)
    frames = max(info.frame_count or 1, 1)
    # The analysis will need it; loading takes a good half second, in which this process only waits.
    Thread(target=import_module, args=("scipy.signal",), daemon=True).start()
    tell("following", 0.0)
    track, recording = track_video(
        path,
        info,
        model_path,
        person=options.person,
        wanted=Wanted(options.stickers, options.spine_model),
        workers=options.workers,
        progress=lambda done: tell("following", min(done / frames, 1.0)),
    )
    origin = {
        "video": {
            "name": path.name,
            "sha256": file_sha256(path),
            "bytes": info.size_bytes,
            "width": info.width,
            "height": info.height,
            "duration_s": round(info.duration_s, 6),
            "nominal_rate_hz": round(info.nominal_rate_hz, 6),
            "codec": info.codec,
            "rotation_deg": info.rotation_deg,
        },
        "model": {"name": options.model, "sha256": inspect_model(options.model).digest},
        "recording": {**recording, "video_warnings": list(info.warnings)},
        "versions": _versions(),
    }
    return replace(track, origin=origin)


def _read_points(path: Path, options: Options) -> Track:
    """Read another tracker's points; where they come from stands in the track."""
    raw = read_points(
        path, rate_hz=options.rate_hz, size=options.size, person=options.person, view=options.declared.view
    )
    digest = file_sha256(path) if path.is_file() else ""
    told = {
        "video": {"name": path.name, "sha256": digest, "width": raw.size[0], "height": raw.size[1]},
        "points_from": find_format(path),
        "versions": _versions(),
    }
    return replace(raw, origin={**told, **raw.origin})


def refuse_nobody(track: Track) -> None:
    """Raise NobodyError where hardly any frame shows a person."""
    import numpy as np

    seen_share = float(np.isfinite(track.xy[:, :, 0]).any(axis=1).mean())
    if seen_share < _LEAST_SEEN_SHARE:
        raise NobodyError(
            f"A person was seen in only {seen_share:.0%} of the pictures, too few to assess. "
            "Film one person from head to foot, in good light, for the whole clip."
        )


def _read_track(path: Path, options: Options) -> tuple[Track, Options]:
    """Read a stored track; what isn't declared anew stays as it was declared then."""
    from movement_lab.exporters.npz import load_track

    raw = load_track(path)
    then: Mapping[str, Any] = raw.origin.get("settings") or {}
    return raw, replace(
        options,
        declared=replace(declared_in(raw), **options.declared.told),
        person=then.get("person"),
        height_cm=options.height_cm or then.get("height_cm"),
        stickers=then.get("stickers", ""),
        spine_model=then.get("spine_model", ""),
    )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found
