"""Pedestrians and cyclists."""
import numpy as np

from ...datasets.labels import Label
from .mesh import Face, Mesh
from .shapes import bar, disc, ring, turned, upright


def _clothes(rng: np.random.Generator) -> tuple[tuple, tuple, tuple]:
    """Draw the colours of top, legs and skin at random."""
    top = tuple(rng.uniform(40, 200, 3))
    legs = tuple(rng.uniform(28, 96) * rng.uniform(.85, 1.15, 3))
    return top, legs, tuple(np.array((206, 162, 134)) * rng.uniform(.5, 1.08))


def _body(faces: list[Face], hip: tuple, neck: tuple, width: float, top: tuple, skin: tuple) -> None:
    """Add torso, shoulders and head between hip and neck, both (x, y)."""
    (hx, hy), (nx, ny) = hip, neck
    torso = upright([(hx - .75 * width, hy), (nx - width, ny - .12), (nx - .6 * width, ny),
                     (nx + .6 * width, ny), (nx + width, ny - .12), (hx + .75 * width, hy)])
    faces.append(Face(torso, top, Label.PEDESTRIAN, texture=.1))
    faces.append(Face(disc(nx, ny + .14, .125, 10), skin, Label.PEDESTRIAN))
    faces.append(Face(disc(nx, ny + .2, .115, 8), tuple(.3 * c for c in skin), Label.PEDESTRIAN))


def pedestrian(rng: np.random.Generator) -> Mesh:
    """Build someone walking or standing, 1.5 to 1.9 m tall."""
    tall, stride = rng.uniform(.86, 1.08), rng.uniform(0, .28)
    top, legs, skin = _clothes(rng)
    faces = [Face(bar((side * stride, 0), (side * .07, .88 * tall), .19), legs, Label.PEDESTRIAN, texture=.1)
             for side in (-1, 1)]
    _body(faces, (0, .8 * tall), (0, 1.48 * tall), .23, top, skin)
    faces += [Face(bar((side * .25, 1.38 * tall), (side * rng.uniform(.2, .4), .85 * tall), .1),
                   tuple(.85 * c for c in top), Label.PEDESTRIAN) for side in (-1, 1)]
    return Mesh.of(faces)


def _bicycle(rng: np.random.Generator) -> list[Face]:
    """Return two wheels and a frame, seen from the side, 1.7 m long."""
    paint = tuple(rng.uniform(30, 170, 3))
    tubes = (((-.5, .34), (-.15, .9)), ((-.15, .9), (.42, .85)), ((.5, .34), (.38, 1.08)),
             ((0, .34), (.42, .85)), ((-.5, .34), (0, .34)), ((0, .34), (-.18, .98)))
    faces = [Face(ring(x, .34, .35, .11), (32, 32, 35), Label.BICYCLE) for x in (-.5, .5)]
    faces += [Face(bar(start, end, .09), paint, Label.BICYCLE) for start, end in tubes]
    return faces + [Face(bar((.26, 1.1), (.44, 1.06), .08), (32, 32, 35), Label.BICYCLE),
                    Face(bar((-.3, 1.0), (-.06, 1.0), .08), (32, 32, 35), Label.BICYCLE)]


def parked_bicycle(rng: np.random.Generator) -> Mesh:
    """Build a bicycle across the pavement."""
    return Mesh.of(_bicycle(rng))


def cyclist_across(rng: np.random.Generator) -> Mesh:
    """Build a cyclist seen from the side."""
    top, legs, skin = _clothes(rng)
    faces = _bicycle(rng)
    leg = upright([(-.22, .95), (-.1, 1.08), (.22, .72), (.1, .32), (-.02, .32), (.06, .68)])
    faces.append(Face(leg, legs, Label.PEDESTRIAN, texture=.1))
    _body(faces, (-.14, .95), (.16, 1.5), .17, top, skin)
    faces.append(Face(bar((.16, 1.42), (.36, 1.1), .09), top, Label.PEDESTRIAN))
    return Mesh.of(faces)


def cyclist_ahead(rng: np.random.Generator) -> Mesh:
    """Build a cyclist riding up or down the road: a narrow wheel, a body above the wheel."""
    top, legs, skin = _clothes(rng)
    lengthwise = [face._replace(points=turned(face.points, 1)) for face in _bicycle(rng)]
    tyre = upright([(-.05, 0), (-.07, .35), (-.05, .7), (.05, .7), (.07, .35), (.05, 0)])
    faces = [*lengthwise, Face(tyre, (32, 32, 35), Label.BICYCLE),
             Face(bar((-.3, 1.06), (.3, 1.06), .08), (40, 40, 44), Label.BICYCLE)]
    faces += [Face(bar((side * .14, rng.uniform(.2, .45)), (side * .1, 1.), .17), legs, Label.PEDESTRIAN,
                   texture=.1) for side in (-1, 1)]
    _body(faces, (0, .92), (0, 1.52), .22, top, skin)
    faces += [Face(bar((side * .22, 1.42), (side * .3, 1.08), .1), top, Label.PEDESTRIAN) for side in (-1, 1)]
    return Mesh.of(faces)
