"""Render dressed bodies off screen with VTK; walls, floor and shadow come from `backdrop`.

The person is drawn alone on nothing, so the alpha channel is the exact mask.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from movement_lab.errors import UsageError
from movement_lab.records import Array, Image
from movement_lab.synthetic.backdrop import backdrop, shadow
from movement_lab.synthetic.camera import Camera
from movement_lab.synthetic.layers import Layer, Strip
from movement_lab.synthetic.props import plate_actor, strip_actor

#: Lights as (ahead, up, right) directions from the person and strengths, then the ambient share.
LIGHTS: Final = {
    "even": (((2, 3, 2), 0.55), ((2, 2, -2), 0.45), ((-2, 3, 0), 0.35), 0.34),
    "window": (((1, 2, 4), 0.85), ((2, 1, -3), 0.20), ((-2, 2, 1), 0.25), 0.26),
    "overhead": (((0.5, 5, 0.5), 0.70), ((3, 2, 0), 0.25), ((-3, 2, 0), 0.25), 0.30),
    "dim": (((2, 3, 2), 0.32), ((2, 2, -2), 0.22), ((-2, 3, 0), 0.15), 0.20),
}
_NOISE: Final = 2.5


class Stage:
    """A camera, a background and the layers of one or more people; one picture per call of `shoot`."""

    def __init__(
        self,
        people: Sequence[Sequence[Layer]],
        camera: Camera,
        *,
        light: str = "even",
        background: str = "room",
        strips: Sequence[Strip] = (),
        plate_m: float = 0.0,
        antialias: bool = True,
        seed: int = 0,
    ) -> None:
        if light not in LIGHTS:
            raise UsageError(f"There is no light {light!r}. Needed: one of {', '.join(LIGHTS)}.")
        self._camera, self._seed = camera, seed
        self._room, self._floor = backdrop(camera, background, seed)
        self._room = self._room * (0.62 if light == "dim" else 1.0)
        self._rng = np.random.default_rng(seed)
        self._window, self._renderer = _window(camera, light, antialias)
        self._surfaces = [[_Surface(layer, light) for layer in layers] for layers in people]
        self._strips = [(strip, strip_actor(strip, LIGHTS[light][3])) for strip in strips]
        for surface in (surface for surfaces in self._surfaces for surface in surfaces):
            self._renderer.AddActor(surface.actor)
        for _, actor in self._strips:
            self._renderer.AddActor(actor)
        self._plate = plate_actor(plate_m, LIGHTS[light][3]) if plate_m else None
        if self._plate:
            self._renderer.AddActor(self._plate)

    def shoot(self, poses: Sequence[Array], plate_at: Array | None = None) -> Image:
        """Return the picture, (H, W, 3) uint8 RGB; ``poses`` hold each person's bone transforms (B, 3, 4).

        ``plate_at`` (3,) is the middle of the plate, if there is one.
        """
        dark = np.zeros(self._floor.shape, np.float32)
        for surfaces, transforms in zip(self._surfaces, poses, strict=True):
            vertices = np.concatenate([surface.move(transforms) for surface in surfaces])
            dark = np.maximum(dark, shadow(self._camera, vertices, self._floor))
        for strip, actor in self._strips:
            actor.SetUserTransform(self._placed(strip))
        if self._plate and plate_at is not None:
            self._plate.SetPosition(*plate_at)
        colour, self._alpha = self._draw()
        room = self._room * (1 - 0.4 * dark)[..., None]
        picture = colour + room * (1 - self._alpha[..., None])
        picture = picture + self._rng.normal(0, _NOISE, (*self._alpha.shape, 1)).astype(np.float32)
        return np.clip(picture, 0, 255).astype(np.uint8)

    def mask(self) -> NDArray[np.bool_]:
        """Return the exact mask (H, W) of the first person in the latest picture."""
        is_alone = len(self._surfaces) == 1 and not self._plate
        return self._alpha > 0.5 if is_alone else self._alone()

    def _placed(self, strip: Strip) -> Any:
        """Return where a strip is: along its two ends, standing up along the back's normal there."""
        import vtk

        ends, normals = zip(*(self._end(where) for where in (strip.lower, strip.upper)), strict=True)
        along = (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])
        out = sum(normals) - along * float(sum(normals) @ along)
        out = out / np.linalg.norm(out)
        matrix = np.eye(4)
        matrix[:3] = np.column_stack([along, out, np.cross(along, out), (ends[0] + ends[1]) / 2])
        transform = vtk.vtkTransform()
        transform.SetMatrix(matrix.ravel().tolist())
        return transform

    def _end(self, where: tuple[Layer, NDArray[np.int64]]) -> tuple[Array, Array]:
        """Return the middle (3,) of the skin or cloth under the tape, and its normal."""
        surface = self._surface_of(where[0])
        return surface.vertices[where[1]].mean(axis=0), surface.normals[where[1]].mean(axis=0)

    def _surface_of(self, layer: Layer) -> _Surface:
        return next(surface for surface in self._surfaces[0] if surface.layer is layer)

    def _alone(self) -> NDArray[np.bool_]:
        """Return the mask of the first person where nobody stands in front: what changes without them."""
        before, alpha = self._draw()
        for surface in self._surfaces[0]:
            surface.actor.SetVisibility(False)
        after, alpha_after = self._draw()
        for surface in self._surfaces[0]:
            surface.actor.SetVisibility(True)
        changed = np.abs(before - after).max(axis=-1) > 0.5
        mask: NDArray[np.bool_] = (alpha > 0.5) & (changed | (np.abs(alpha - alpha_after) > 0.5))
        return mask

    def _draw(self) -> tuple[Array, Array]:
        """Return premultiplied colours (H, W, 3) and alpha (H, W) 0 to 1."""
        import vtk
        from vtk.util.numpy_support import vtk_to_numpy

        self._window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._window)
        grab.SetInputBufferTypeToRGBA()
        grab.ReadFrontBufferOff()
        grab.ShouldRerenderOff()
        grab.Update()
        width, height = self._camera.size
        pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars())
        rgba = pixels.reshape(height, width, 4)[::-1].astype(np.float32)
        return rgba[..., :3], rgba[..., 3] / 255


class _Surface:
    """One layer as a VTK actor."""

    def __init__(self, layer: Layer, light: str) -> None:
        import vtk
        from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray

        self.layer, self.vertices, self.normals = layer, layer.rest, layer.rest
        self._data, self._points = vtk.vtkPolyData(), vtk.vtkPoints()
        cells = vtk.vtkCellArray()
        cells.SetData(3, numpy_to_vtkIdTypeArray(layer.faces.astype(np.int64).ravel(), deep=1))
        self._data.SetPolys(cells)
        colours = numpy_to_vtk(np.ascontiguousarray(layer.colours, np.uint8), deep=1)
        self._data.GetPointData().SetScalars(colours)
        mapper = vtk.vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        self.actor = vtk.vtkActor()
        self.actor.SetMapper(mapper)
        _paint(self.actor, layer, LIGHTS[light][3])
        if layer.pattern:
            self._data.GetPointData().SetTCoords(numpy_to_vtk(_cloth_coordinates(layer), deep=1))
            self.actor.SetTexture(_texture(layer.pattern))

    def move(self, transforms: Array) -> Array:
        """Bring the surface into a pose and return its vertices (V, 3)."""
        from vtk.util.numpy_support import numpy_to_vtk

        vertices, normals = self.layer.posed(transforms)
        # deep=1: VTK must not point into arrays that Python is about to free.
        self._points.SetData(numpy_to_vtk(vertices.astype(np.float32), deep=1))
        self._data.SetPoints(self._points)
        self._data.GetPointData().SetNormals(numpy_to_vtk(normals.astype(np.float32), deep=1))
        self._points.Modified()
        self.vertices, self.normals = vertices, normals
        return vertices


def _window(camera: Camera, light: str, antialias: bool) -> tuple[Any, Any]:
    """Return an off-screen window with an alpha channel, and its renderer."""
    try:
        import vtk
    except ImportError as error:
        raise UsageError(
            "People can't be rendered: VTK is not installed. Try: pip install 'movement-lab[synthetic]'."
        ) from error

    os.environ.pop("DISPLAY", None)  # otherwise VTK looks for a screen before it tries EGL
    vtk.vtkObject.GlobalWarningDisplayOff()
    renderer, window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
    renderer.SetBackground(0, 0, 0)
    renderer.SetBackgroundAlpha(0.0)
    renderer.AutomaticLightCreationOff()
    window.SetOffScreenRendering(1)
    window.SetAlphaBitPlanes(1)
    window.SetMultiSamples(4 if antialias else 0)
    window.SetSize(*camera.size)
    window.AddRenderer(renderer)
    for direction, strength in LIGHTS[light][:3]:
        lamp = vtk.vtkLight()
        lamp.SetLightTypeToSceneLight()
        lamp.SetPosition(*direction)
        lamp.SetFocalPoint(0, 0, 0)
        lamp.SetIntensity(strength)
        renderer.AddLight(lamp)
    _aim(renderer.GetActiveCamera(), camera)
    return window, renderer


def _aim(eye: Any, camera: Camera) -> None:
    """Make VTK's camera see what ours projects."""
    _, up, towards = camera.axes
    height = camera.size[1] / camera.px_per_m
    far = 8.0 if math.isinf(camera.distance_m) else camera.distance_m
    eye.SetPosition(*(camera.aim + far * towards))
    eye.SetFocalPoint(*camera.aim)
    eye.SetViewUp(*up)
    eye.SetClippingRange(0.2, far + 8)
    if math.isinf(camera.distance_m):
        eye.ParallelProjectionOn()
        eye.SetParallelScale(height / 2)
    else:
        eye.SetViewAngle(2 * math.degrees(math.atan2(height / 2, camera.distance_m)))


def _paint(actor: Any, layer: Layer, ambient: float) -> None:
    """Give skin and hair a little shine, cloth none."""
    surface = actor.GetProperty()
    surface.SetInterpolationToPhong()
    surface.SetAmbient(ambient)
    surface.SetDiffuse(0.82)
    surface.SetSpecular({"skin": 0.10, "hair": 0.12, "knot": 0.12, "shoes": 0.10}.get(layer.name, 0.0))
    surface.SetSpecularPower(14)


def _cloth_coordinates(layer: Layer) -> Array:
    """Return texture coordinates (V, 2) from the cloth at rest: around the body, and up."""
    return np.ascontiguousarray(layer.rest[:, [2, 1]] / 0.25, dtype=np.float32)


def _texture(pattern: str) -> Any:
    """Return a repeating texture of 0.25 m of cloth."""
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk

    rng = np.random.default_rng(5)
    size = 128
    cloth = 243 + rng.normal(0, 5, (size, size, 1))
    if pattern == "stripes":
        cloth = cloth * np.where(np.arange(size) % 32 < 12, 0.62, 1.0)[:, None, None]
    if pattern == "block":
        cloth = cloth * np.where(np.arange(size) < size // 2, 0.8, 1.0)[:, None, None]
    if pattern == "hair":
        cloth = 222 + rng.normal(0, 20, (size, size, 1))
    shades = np.repeat(np.clip(cloth, 0, 255), 3, axis=2).astype(np.uint8).reshape(-1, 3)
    image, texture = vtk.vtkImageData(), vtk.vtkTexture()
    image.SetDimensions(size, size, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(shades, deep=1))
    texture.SetInputData(image)
    texture.InterpolateOn()
    texture.RepeatOn()
    return texture
