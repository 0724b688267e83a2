"""A scene: everything about one rendered clip, as plain values that live in a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np

from movement_lab.errors import UsageError
from movement_lab.records import MOVEMENTS, Array
from movement_lab.synthetic.bodies import load_body, stick_of
from movement_lab.synthetic.camera import Camera
from movement_lab.synthetic.kinematics import ARMS, Posed, pose_body
from movement_lab.synthetic.looks import Colour, Look
from movement_lab.synthetic.motion import BOTTOM, Motion, repetitions
from movement_lab.synthetic.presets import FAULTS, POSTURE, UNREMARKABLE, Angles
from movement_lab.synthetic.spine import Spine
from movement_lab.synthetic.tempo import Tempo, along

Course = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Film:
    """How it is filmed: ``blur`` is the open share of each frame's time, ``quality`` x264's rate factor.

    ``light`` and ``background`` are names in `render` and `backdrop`; ``mirror`` flips the picture;
    without ``antialias`` edges are a little rougher and rendering takes half the time.
    """

    rate_hz: float = 25.0
    light: str = "even"
    background: str = "room"
    blur: float = 0.0
    quality: int = 24
    mirror: bool = False
    antialias: bool = True


@dataclass(frozen=True, slots=True)
class Bystander:
    """A second person who stands in the room; nobody, if ``body`` is empty."""

    body: str = ""
    ahead_m: float = -0.6
    right_m: float = -0.8
    turn_deg: float = 40.0
    look: Look = field(default_factory=Look)


@dataclass(frozen=True, slots=True)
class Plate:
    """A weight plate that hangs between the camera and the low back, and goes with it; none if 0 m wide.

    ``nearer_m`` is how much nearer to the camera it is, ``lower_m`` how far below the low back.
    """

    width_m: float = 0.0
    nearer_m: float = 0.5
    lower_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One clip. Angles in ``bottom`` and ``standing`` are fields of `StickPose`, ``thigh_deg``,
    ``shank_deg``, ``lumbar_deg`` and ``thoracic_deg``; ``faults`` are names in `FAULTS`.

    ``lumbar_onset`` is the share of the way down before the low back begins to bend;
    ``lordosis_deg`` flattens the standing back. ``lumbar_path`` and ``thoracic_path``, pairs of phase
    (0 standing, 1 the bottom, 2 standing again) and degrees, are followed instead where they are given.
    ``level_shares`` as in `Spine`. ``arms``: ``free`` follows the arm angles.
    """

    movement: str = "squat"
    body: str = "b20"
    reps: int = 4
    faults: tuple[str, ...] = ()
    bottom: Angles = field(default_factory=dict)
    standing: Angles = field(default_factory=dict)
    depths: tuple[float, ...] = ()
    tempo: tuple[float, float, float, float] = Tempo()
    standing_s: float = 2.0
    end_s: float = 0.8
    lead: str = "left"
    lunge_style: str = "step"
    arms: str = "free"
    lumbar_onset: float = 0.0
    lordosis_deg: float = 0.0
    lumbar_path: Course = ()
    thoracic_path: Course = ()
    level_shares: tuple[float, ...] = ()
    stickers: bool = False
    sticker_colour: Colour = (0, 170, 80)
    sticker_mm: float = 60.0
    seed: int = 0
    camera: Camera = field(default_factory=lambda: Camera(distance_m=3.4, px_per_m=265.0, height_m=0.95))
    look: Look = field(default_factory=Look)
    film: Film = field(default_factory=Film)
    bystander: Bystander = field(default_factory=Bystander)
    plate: Plate = field(default_factory=Plate)

    def __post_init__(self) -> None:
        """Refuse names that do not exist."""
        _known("movement", self.movement, MOVEMENTS)
        _known("arms", self.arms, ("free", *ARMS))
        for fault in self.faults:
            _known("fault", fault, tuple(FAULTS[self.movement]))


def load_scene(path: Path) -> Scene:
    """Read a scene from a TOML file; what it leaves out keeps its default."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The scene {path} can't be read: {error}. Needed: a TOML file.") from error
    scene = _made(Scene, table, "scene")
    assert isinstance(scene, Scene)
    return scene


def scene_to_toml(scene: Scene) -> str:
    """Return the TOML text of a scene: only what differs from the defaults."""
    return "\n".join(_lines(_changes(asdict(scene), asdict(Scene())), "")).strip() + "\n"


def move(scene: Scene) -> tuple[Motion, Posed]:
    """Return the stick figure's motion and the body posed along it, in the body frame."""
    body = load_body(scene.body)
    low = {**BOTTOM[scene.movement], **UNREMARKABLE[scene.movement]}
    for fault in scene.faults:
        low |= FAULTS[scene.movement][fault]
    low |= scene.bottom
    lumbar, thoracic = (low.pop(name) for name in ("lumbar_deg", "thoracic_deg"))
    motion = repetitions(
        scene.movement,
        body=stick_of(body),
        reps=scene.reps,
        standing={**POSTURE[scene.movement], **scene.standing},
        hips_rise_first_deg=low.pop("hips_rise_first_deg", 0.0),
        bottom=low,
        depths=scene.depths or None,
        tempo=Tempo(*scene.tempo),
        standing_s=scene.standing_s,
        end_s=scene.end_s,
        rate_hz=scene.film.rate_hz,
        lead=scene.lead,  # type: ignore[arg-type]
        lunge_style=scene.lunge_style,  # type: ignore[arg-type]
    )
    return motion, pose_body(body, motion.pose, _spine(scene, motion, lumbar, thoracic), arms=scene.arms)


def _spine(scene: Scene, motion: Motion, lumbar: float, thoracic: float) -> Spine:
    """Return the spine's bend over time: it follows the depth, the low back from its onset on, or paths."""
    depth, clock = motion.depth, motion.clock
    late = np.clip((depth - scene.lumbar_onset) / (1 - scene.lumbar_onset), 0, 1)
    bends = [lumbar * late, thoracic * depth]
    for i, course in enumerate((scene.lumbar_path, scene.thoracic_path)):
        if course and clock:
            bends[i] = along(clock.phase, course) * clock.share
    return Spine(bends[0], bends[1], scene.lordosis_deg, scene.level_shares)


def centred(scene: Scene, joints: Mapping[str, Array]) -> Scene:
    """Return the scene with its camera aimed at the middle of where the feet go, unless it has an aim."""
    ahead = np.concatenate([joints["left_ankle"][:, 0], joints["right_ankle"][:, 0]])
    middle = float(ahead.min() + ahead.max()) / 2
    if scene.camera.aim_ahead_m:
        return scene
    return replace(scene, camera=replace(scene.camera, aim_ahead_m=round(middle + 0.05, 3)))


def _known(what: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError(f"There is no {what} {value!r}. Needed: one of {', '.join(known)}.")


def _made(kind: Any, table: Mapping[str, Any], where: str) -> Any:
    """Return a dataclass made of a table, tables within included."""
    hints = get_type_hints(kind)
    unknown = set(table) - set(hints)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise UsageError(f"The {where} has unknown entries: {names}. Known: {', '.join(sorted(hints))}.")
    values = {}
    for name, value in table.items():
        if is_dataclass(hints[name]):
            values[name] = replace(_default(kind, name), **_plain(hints[name], value, name))
        else:
            values[name] = _tuples(value)
    return kind(**values)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _plain(kind: Any, table: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the entries of an inner table, checked and in their types."""
    made = _made(kind, table, where)
    return {name: getattr(made, name) for name in table}


def _default(kind: Any, name: str) -> Any:
    (found,) = (item for item in fields(kind) if item.name == name)
    return found.default_factory() if found.default_factory is not MISSING else found.default


def _changes(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that differ, tables within compared entry by entry."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        default = defaults.get(name)
        if isinstance(value, dict):
            inner = _changes(value, default if isinstance(default, dict) else {})
            if inner:
                out[name] = inner
        elif name in ("movement", "body") or value != default:
            out[name] = value
    return out


def _lines(table: Mapping[str, Any], path: str) -> list[str]:
    """Return TOML lines: plain entries first, then the tables within."""
    lines = [f"{name} = {_literal(value)}" for name, value in table.items() if not isinstance(value, dict)]
    for name, inner in table.items():
        if isinstance(inner, dict) and inner:
            here = f"{path}{name}"
            lines += ["", f"[{here}]", *_lines(inner, f"{here}.")]
    return lines


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(_literal(item) for item in value) + "]"
    return (
        f'"{value}"'
        if isinstance(value, str)
        else repr(float(value) if isinstance(value, np.floating) else value)
    )
