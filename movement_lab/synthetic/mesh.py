"""Small operations on triangle meshes: cut along a line, smooth, find normals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, diags_array

from movement_lab.records import Array

Faces = NDArray[np.int64]


def cut(faces: Faces, field: Array) -> tuple[Faces, Any]:
    """Return the part of a mesh where ``field`` (V,) is positive, its rim exactly on the zero line.

    Triangles that straddle the line are divided, so a hem is as smooth as the field.

    Returns
    -------
    New faces (F', 3), and a sparse matrix (V', V) that makes new vertices (or weights) of old ones.
    """
    inside = field > 0
    count = inside[faces].sum(axis=1)
    whole = faces[count == 3]
    corner, opposite = (_odd_one_first(faces[count == n], inside, odd) for n, odd in ((1, True), (2, False)))
    edges = np.concatenate([corner[:, [0, 1]], corner[:, [0, 2]], opposite[:, [1, 0]], opposite[:, [2, 0]]])
    rim, index = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
    new = len(field) + index.ravel()
    a, b = new[: len(corner)], new[len(corner) : 2 * len(corner)]
    c, d = np.split(new[2 * len(corner) :], 2)
    pieces = [
        whole,
        np.column_stack([corner[:, 0], a, b]),
        np.column_stack([c, opposite[:, 1], opposite[:, 2]]),
        np.column_stack([c, opposite[:, 2], d]),
    ]
    return _compact(np.concatenate(pieces), _with_rim(rim, field))


def _odd_one_first(faces: Faces, inside: NDArray[np.bool_], odd: bool) -> Faces:
    """Return faces turned so that the corner whose insideness equals ``odd`` comes first."""
    first = np.argmax(inside[faces] == odd, axis=1)
    turned: Faces = faces[np.arange(len(faces))[:, None], (first[:, None] + np.arange(3)) % 3]
    return turned


def _with_rim(rim: Faces, field: Array) -> Any:
    """Return the matrix that keeps old vertices and adds those where edges cross the zero line."""
    start, end = field[rim[:, 0]], field[rim[:, 1]]
    share = start / (start - end)
    rows = np.arange(len(rim))
    cells = (np.r_[1 - share, share], (np.r_[rows, rows], np.r_[rim[:, 0], rim[:, 1]]))
    crossing = coo_array(cells, shape=(len(rim), len(field)))
    from scipy.sparse import eye_array, vstack

    return csr_array(vstack([eye_array(len(field)), crossing]))


def _compact(faces: Faces, maker: Any) -> tuple[Faces, Any]:
    """Return faces and maker without vertices that no face uses."""
    used, renumbered = np.unique(faces, return_inverse=True)
    return renumbered.reshape(faces.shape), csr_array(maker[used])


def smoothed(vertices: Array, faces: Faces, *, rounds: int) -> Array:
    """Return vertices (V, 3) moved to the middle of their neighbours; rims smooth along themselves."""
    mean = _neighbour_mean(faces, len(vertices))
    for _ in range(rounds):
        vertices = mean @ vertices
    return vertices


def _neighbour_mean(faces: Faces, count: int) -> Any:
    """Return the (V, V) matrix of neighbour means: on the rim only rim neighbours count."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, uses = np.unique(edges, axis=0, return_counts=True)
    on_rim = np.zeros(count, bool)
    on_rim[unique[uses == 1]] = True
    kept = (uses == 1) | ~on_rim[unique].all(axis=1)
    both = np.concatenate([unique[kept], unique[kept][:, ::-1]])
    # A rim vertex must not be drawn inwards by its inner neighbours.
    inner_to_rim = on_rim[both[:, 0]] & ~on_rim[both[:, 1]]
    both = both[~inner_to_rim]
    cells = (np.ones(len(both)), (both[:, 0], both[:, 1]))
    links = csr_array(coo_array(cells, shape=(count, count))) + diags_array(np.ones(count))
    return diags_array(1 / links.sum(axis=1)) @ links


def face_to_vertex(faces: Faces, count: int) -> Any:
    """Return the sparse matrix (V, F) that adds each face's value to its corners."""
    cells = (np.ones(faces.size), (faces.T.ravel(), np.tile(np.arange(len(faces)), 3)))
    return csr_array(coo_array(cells, shape=(count, len(faces))))


def normals(vertices: Array, faces: Faces, gather: Any) -> Array:
    """Return unit vertex normals (V, 3); ``gather`` comes from `face_to_vertex`."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    summed = gather @ np.cross(b - a, c - a)
    unit: Array = summed / (np.linalg.norm(summed, axis=1, keepdims=True) + 1e-12)
    return unit


def ball(centre: Array, radii: Array, *, rings: int = 12) -> tuple[Array, Faces]:
    """Return vertices and faces of an ellipsoid."""
    polar, around = np.meshgrid(
        np.linspace(0, np.pi, rings), np.linspace(0, 2 * np.pi, 2 * rings), indexing="ij"
    )
    unit = np.stack([np.sin(polar) * np.cos(around), np.cos(polar), np.sin(polar) * np.sin(around)], axis=-1)
    row, column = np.meshgrid(np.arange(rings - 1), np.arange(2 * rings - 1), indexing="ij")
    corner = (row * 2 * rings + column).ravel()
    below = corner + 2 * rings
    faces = np.concatenate([np.c_[corner, corner + 1, below], np.c_[corner + 1, below + 1, below]])
    return unit.reshape(-1, 3) * radii + centre, faces
