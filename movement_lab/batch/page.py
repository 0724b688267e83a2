"""``qc.html``: what a study's recordings are like, what was left out and why. One file, no network."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from movement_lab.assets import asset
from movement_lab.atomic import atomic_path
from movement_lab.batch.arrow import parquet
from movement_lab.batch.bars import histogram
from movement_lab.wording import say

NAME: Final = "qc.html"
#: Clips named for a reason before the rest is only counted.
_NAMED: Final = 12
#: Angles whose spread over the clips is drawn, where there are any.
_ANGLES: Final = (
    "knee_flexion_deg",
    "hip_trunk_flexion_deg",
    "trunk_inclination_deg",
    "shank_inclination_deg",
)
Row = Mapping[str, Any]


def write_page(folder: Path, *, language: str = "en") -> Path:
    """Write the page from the tables of a study."""
    path = folder / NAME
    with atomic_path(path) as part:
        part.write_text(render_page(folder, language=language), encoding="utf-8", newline="\n")
    return path


def render_page(folder: Path, *, language: str = "en") -> str:
    """Return the page as one self-contained HTML document."""
    clips, reps = _read(folder, "clips"), _read(folder, "reps", "clip", "graded", "reasons")
    findings = _read(folder, "findings", "clip", "id", "side", "grade", "reasons")

    def words(key: str, **values: Any) -> str:
        return say(key, language=language, **values)

    return render(
        "batch_qc.html",
        say=words,
        language=language,
        lead=_lead(clips, words),
        excluded=_excluded(clips, words),
        kept=_counted((id for row in reps if not row["graded"] for id in ids(row["reasons"])), words),
        seen=_seen_as(clips, words),
        histograms=_histograms(folder, clips, words),
        missing=_missing(findings, words),
        notes=_counted((id for row in clips for id in ids(row["warnings"])), words),
        made=_made(clips, words),
    )


def render(template: str, **values: Any) -> str:
    """Return a page of ``web/`` with the report's style inside and a policy that allows nothing else."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    styles = ("static/measured.css", "report.css", "study.css")
    style = "\n".join(asset("web", name).read_text(encoding="utf-8").strip() for name in styles)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    environment = Environment(
        loader=FileSystemLoader(asset("web", template).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(**values, style=style, policy=policy)


def ids(text: str | None) -> list[str]:
    """Return the ids of a cell that holds several."""
    return text.split("; ") if text else []


def _read(folder: Path, table: str, *columns: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = (
        parquet().read_table(folder / f"{table}.parquet", columns=list(columns) or None).to_pylist()
    )
    return rows


def _lead(clips: Sequence[Row], words: Any) -> str:
    status = Counter(row["status"] for row in clips)
    return str(
        words(
            "batch.page.lead",
            clips=len(clips),
            **{name: status[name] for name in ("assessed", "no_repetition", "failed")},
            reps=sum(row["reps"] or 0 for row in clips),
            graded=sum(row["reps_graded"] or 0 for row in clips),
        )
    )


def _excluded(clips: Sequence[Row], words: Any) -> list[dict[str, Any]]:
    """Return the clips that gave nothing, by reason, the most frequent first."""
    groups: dict[str, list[dict[str, str]]] = {}
    for row in clips:
        if row["status"] != "assessed":
            said = row["message"] or " ".join(words(f"reason.{id}") for id in ids(row["movement_reasons"]))
            groups.setdefault(row["reason"] or row["status"], []).append({"clip": row["clip"], "said": said})
    return [
        {
            "reason": words(f"batch.reason.{id}"),
            "count": len(rows),
            "rows": rows[:_NAMED],
            "rest": words("batch.page.rest", count=len(rows) - _NAMED) if len(rows) > _NAMED else "",
        }
        for id, rows in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _counted(reasons: Iterable[str], words: Any) -> list[dict[str, Any]]:
    ordered = sorted(Counter(reasons).items(), key=lambda item: (-item[1], item[0]))
    return [{"text": words(f"reason.{id}"), "count": count} for id, count in ordered]


def _seen_as(clips: Sequence[Row], words: Any) -> dict[str, Any]:
    """Return how many clips show each movement from each view."""
    pairs = Counter((row["movement"], row["view"]) for row in clips if row["movement"])
    views = [
        view for view in ("left", "right", "front", "back", "oblique") if any(v == view for _, v in pairs)
    ]
    movements = [
        name for name in ("squat", "hinge", "lunge", "unknown", "none") if any(m == name for m, _ in pairs)
    ]
    return {
        "views": [words(f"view.{view}") for view in views],
        "rows": [
            {"name": words(f"movement.{name}"), "counts": [pairs[name, view] for view in views]}
            for name in movements
        ],
    }


def _histograms(folder: Path, clips: Sequence[Row], words: Any) -> list[dict[str, str]]:
    seen = [100 * row["frames_with_person"] / row["frames"] for row in clips if row["frames"]]
    values = {
        name: [row[name] for row in clips] for name in ("reps", "duration_s", "nominal_rate_hz", "yaw_deg")
    }
    values |= {"seen_pct": seen, "person_height_px": [row["person_height_px"] for row in clips]}
    named = [(words(f"batch.page.value.{name}"), numbers) for name, numbers in values.items()]
    named += [
        (words("batch.page.value.angle", measure=words(f"measure.{name}")), numbers)
        for name, numbers in _angles(folder, clips).items()
    ]
    drawn = ((name, histogram(name, [n for n in numbers if n is not None], words)) for name, numbers in named)
    return [{"name": name, "svg": svg} for name, svg in drawn if svg]


def _angles(folder: Path, clips: Sequence[Row]) -> dict[str, list[float]]:
    near = {row["clip"]: row["view"] for row in clips}
    rows = parquet().read_table(
        folder / "measurements.parquet",
        columns=["clip", "name", "side", "value"],
        filters=_set_values(),
    )
    found: dict[str, list[float]] = {name: [] for name in _ANGLES}
    for row in rows.to_pylist():
        if row["value"] is not None and row["side"] in ("mid", near.get(row["clip"])):
            found[row["name"]].append(row["value"])
    return found


def _set_values() -> Any:
    """Return the filter for medians over a set, at the turn, against own standing."""
    import pyarrow.compute as pc

    field = pc.field
    return (
        (field("at") == "turn")
        & (field("zero") == "rel")
        & field("rep").is_null()
        & field("name").isin(_ANGLES)
    )


def _missing(findings: Sequence[Row], words: Any) -> list[dict[str, Any]]:
    """Return, by finding, in how many clips no side of it could be judged, and why mostly."""
    clips: dict[str, dict[str, bool]] = {}
    reasons: dict[str, Counter[str]] = {}
    for row in findings:
        judged = clips.setdefault(row["id"], {})
        judged[row["clip"]] = judged.get(row["clip"], False) or row["grade"] != "not_graded"
        if row["grade"] == "not_graded":
            reasons.setdefault(row["id"], Counter()).update(ids(row["reasons"])[:1])
    rows = [_missing_row(id, judged, reasons.get(id, Counter()), words) for id, judged in clips.items()]
    return sorted((row for row in rows if row["count"]), key=lambda row: (-row["share_pct"], row["name"]))


def _missing_row(id: str, judged: Mapping[str, bool], reasons: Counter[str], words: Any) -> dict[str, Any]:
    count, total = sum(not each for each in judged.values()), len(judged)
    most = min(reasons.items(), key=lambda item: (-item[1], item[0]))[0] if reasons else ""
    return {
        "name": words(f"finding.{id}.title"),
        "count": count,
        "of": words("batch.page.of", count=count, total=total),
        "share_pct": round(100 * count / total),
        "reason": words(f"reason.{most}") if most else "",
    }


def _made(clips: Sequence[Row], words: Any) -> list[tuple[str, list[str]]]:
    return [
        (words(f"batch.page.made_with.{name}"), sorted({row[name] for row in clips if row[name]}))
        for name in ("movement_lab", "pose_model", "knowledge_sha256")
    ]
