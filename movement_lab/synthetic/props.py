"""Things beside the body as VTK actors: sticker strips that stand up from the back, a weight plate."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from movement_lab.synthetic.layers import Strip

#: A strip: how far the fin stands up, its dots' height, its margin past them, and a dot's width.
_FIN_M: Final = 0.056
_HEIGHT_M: Final = 0.042
_MARGIN_M: Final = 0.015
_DOT_M: Final = 0.024


def strip_actor(strip: Strip, ambient: float) -> Any:
    """Return a white fin with two dots on each face: x along, y away from the back, z across."""
    import vtk

    half, parts = strip.length_m / 2, vtk.vtkAppendPolyData()
    fin = vtk.vtkCubeSource()
    fin.SetBounds(-half - _MARGIN_M, half + _MARGIN_M, 0.0, _FIN_M, -4e-4, 4e-4)
    parts.AddInputData(_coloured(fin, (244, 244, 242)))
    for x in (-half, half):
        for z in (-1e-3, 1e-3):
            dot = vtk.vtkRegularPolygonSource()
            dot.SetNumberOfSides(48)
            dot.SetRadius(_DOT_M / 2)
            dot.SetCenter(x, _HEIGHT_M, z)
            dot.SetNormal(0, 0, math.copysign(1, z))
            parts.AddInputData(_coloured(dot, strip.colour))
    mapper, actor = vtk.vtkPolyDataMapper(), vtk.vtkActor()
    mapper.SetInputConnection(parts.GetOutputPort())
    actor.SetMapper(mapper)
    actor.GetProperty().SetAmbient(ambient)
    actor.GetProperty().SetDiffuse(0.82)
    return actor


def plate_actor(width_m: float, ambient: float) -> Any:
    """Return a black weight plate with a grey hub, upright and square to the sides of the person."""
    import vtk

    parts = vtk.vtkAppendPolyData()
    for radius_m, thick_m, grey in ((width_m / 2, 0.05, 38), (0.2 * width_m, 0.06, 120)):
        disc = vtk.vtkCylinderSource()
        disc.SetRadius(radius_m)
        disc.SetHeight(thick_m)
        disc.SetResolution(64)
        parts.AddInputData(_coloured(disc, (grey, grey, grey)))
    mapper, actor = vtk.vtkPolyDataMapper(), vtk.vtkActor()
    mapper.SetInputConnection(parts.GetOutputPort())
    actor.SetMapper(mapper)
    actor.RotateX(90)  # a cylinder stands; its axis goes across the body
    actor.GetProperty().SetAmbient(ambient)
    return actor


def _coloured(source: Any, colour: tuple[int, int, int]) -> Any:
    """Return a source's surface with one colour on all its points."""
    from vtk.util.numpy_support import numpy_to_vtk

    source.Update()
    data = source.GetOutput()
    colours = np.tile(np.array(colour, np.uint8), (data.GetNumberOfPoints(), 1))
    data.GetPointData().SetScalars(numpy_to_vtk(colours, deep=1))
    return data
