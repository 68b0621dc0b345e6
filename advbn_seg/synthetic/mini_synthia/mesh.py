"""Flat-shaded polygons: small models made of faces, and the painter that draws the models far to near."""
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from ...datasets.labels import Label
from .camera import NEAR, Camera
from .noise import grain
from .surfaces import Surfaces

SUBPIXEL = 4  # cv2 takes coordinates in 1/16 pixel


class Face(NamedTuple):
    """A planar polygon: points (K, 3) in metres around the model's foot, RGB colour, class.

    ``glow`` is the share of the colour that it emits, ``texture`` the contrast of its grain. A ``solid`` face
    is seen from one side only, from where its points run clockwise.
    """

    points: np.ndarray
    colour: tuple
    label: Label
    glow: float = 0.
    texture: float = 0.
    solid: bool = False


@dataclass(frozen=True, eq=False)
class Mesh:
    """Faces packed in arrays: points (N, 3), the number of points of each face (F,), and the face's look (F, 7)."""

    points: np.ndarray
    counts: np.ndarray
    rows: np.ndarray  # red, green, blue, label, glow, texture, solid

    @classmethod
    def of(cls, faces: list[Face]) -> 'Mesh':
        """Pack faces; their order is the order of painting."""
        rows = [(*face.colour, face.label, face.glow, face.texture, face.solid) for face in faces]
        points = [np.asarray(face.points, np.float32) for face in faces]
        return cls(np.concatenate(points), np.array([len(p) for p in points]), np.array(rows, np.float32))


def _normals(points: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return unit normals (F, 3) by Newell's method, pointing to where the points run clockwise."""
    following = np.arange(1, len(points) + 1)
    following[starts + counts - 1] = starts
    normals = np.add.reduceat(np.cross(points, points[following]), starts)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)


def paint(surfaces: Surfaces, camera: Camera, placed: list[tuple[Mesh, float, float, int]],
          sun: np.ndarray) -> None:
    """Draw meshes into the surfaces.

    Args:
        surfaces: Changed in place.
        placed: (mesh, x, z, instance), the farthest first.
        sun: Unit vector (3,) towards the sun.
    """
    if not placed:
        return
    points = np.concatenate([mesh.points + np.float32((x, 0, z)) for mesh, x, z, _ in placed])
    counts = np.concatenate([mesh.counts for mesh, *_ in placed])
    rows = np.concatenate([mesh.rows for mesh, *_ in placed])
    instance = np.repeat([number for *_, number in placed], [len(mesh.counts) for mesh, *_ in placed])
    starts = np.cumsum(counts) - counts
    pixels, depth = camera.project(points)
    nearest = np.maximum.reduceat(depth, starts)
    depth = np.maximum(np.add.reduceat(depth, starts) / counts, NEAR)

    centres = points[starts]
    normals = _normals(points, starts, counts)
    towards = np.sum(normals * (np.float32((camera.x, camera.y, camera.z)) - centres), axis=1)
    visible = (nearest > NEAR) & ((towards > 0) | (rows[:, 6] == 0))
    normals = normals * np.where(towards < 0, -1, 1)[:, None]
    rows[:, :3] *= (.84 + .16 * normals[:, 1:2])
    facing = np.clip(normals @ sun, 0, 1)

    ids = np.zeros(surfaces.label.shape, np.int32)
    corners = np.clip((pixels - .5) * 2 ** SUBPIXEL, -1e6, 1e6).round().astype(np.int32)
    for face in np.flatnonzero(visible):
        outline = corners[starts[face]:starts[face] + counts[face]]
        cv2.fillPoly(ids, [outline], int(face) + 1, shift=SUBPIXEL)
    _resolve(surfaces, camera, ids, rows, depth, facing, instance)


def _resolve(surfaces: Surfaces, camera: Camera, ids: np.ndarray, rows: np.ndarray, depth: np.ndarray,
             facing: np.ndarray, instance: np.ndarray) -> None:
    """Fill the surfaces where ``ids`` (H, W) names a face, counted from 1."""
    drawn = ids > 0
    face = ids[drawn] - 1
    row = rows[face]
    surfaces.depth[drawn] = depth[face]
    surfaces.sun[drawn] = facing[face]
    surfaces.label[drawn] = row[:, 3]
    surfaces.instance[drawn] = instance[face]
    x, y, _ = camera.at(depth[face], drawn)
    texture = 1 + row[:, 5] * grain(y * 14 + face, x * 14)
    surfaces.albedo[drawn] = row[:, :3] * texture[:, None]
    surfaces.emission[drawn] = row[:, :3] * row[:, 4:5]
