"""Furniture of the roadside: plants, lamps, signs, traffic lights and fences."""
import numpy as np

from ...datasets.labels import Label
from .conditions import Condition
from .mesh import Face, Mesh
from .shapes import bar, blob, disc, panel, post, upright

STEEL, DARK, WHITE = (118, 121, 125), (58, 62, 60), (232, 232, 230)
SIGNALS = ((62, 214, 116), (246, 186, 44), (236, 44, 34))  # from the lowest lamp up


def _crown(rng: np.random.Generator, condition: Condition, y: float, radius: float, blobs: int) -> list[Face]:
    """Return overlapping clumps of leaves, darker below and behind; some carry snow."""
    leaf = np.array(condition.leaves) * rng.uniform(.8, 1.15) + rng.uniform(-10, 10, 3)
    centres = rng.uniform(-.62, .62, (blobs, 2)) * radius
    faces = []
    for number, (x, up) in enumerate(centres):
        shade = .62 + .28 * number / blobs + .22 * up / radius
        snowy = condition.snow and up > 0 and rng.random() < .6
        colour = np.clip(np.array((214, 219, 224)) if snowy else leaf * shade, 0, 255)
        size = radius * rng.uniform(.42, .62)
        clump = blob(rng, x, y + .8 * up, size, rng.uniform(-.3, .3))
        faces.append(Face(clump, tuple(colour), Label.VEGETATION, texture=.28))
    return faces


def tree(rng: np.random.Generator, condition: Condition) -> tuple[Mesh, float, float]:
    """Build a broad-leaved tree, and return its mesh, height and crown radius in metres."""
    height, radius = rng.uniform(4.5, 8), rng.uniform(1.4, 2.6)
    bark = tuple(np.array((84, 68, 56)) * rng.uniform(.8, 1.2))
    trunk = upright([(-.17, 0), (-.1, height * .8), (.1, height * .8), (.17, 0)])
    branches = [bar((0, height * .55), (side * radius * .5, height * .95), .12) for side in (-1, 1)]
    wood = [Face(points, bark, Label.VEGETATION, texture=.2) for points in (trunk, *branches)]
    return Mesh.of(wood + _crown(rng, condition, height, radius, 13)), height, radius


def bush(rng: np.random.Generator, condition: Condition) -> tuple[Mesh, float, float]:
    """Build a bush, and return its mesh, height and radius in metres."""
    radius = rng.uniform(.6, 1.2)
    return Mesh.of(_crown(rng, condition, .6 * radius, radius, 6)), radius, radius


def street_lamp(condition: Condition, side: int) -> Mesh:
    """Build a lamp, 8 m tall, whose arm reaches to ``side`` (-1 left, 1 right)."""
    head = upright([(side * 1.6, 7.75), (side * 1.6, 7.95), (side * 2.5, 8.), (side * 2.5, 7.8)])
    return Mesh.of([Face(post(0, 0, 7.6, .2), STEEL, Label.POLE),
                    Face(bar((0, 7.5), (side * 1.7, 7.9), .14), STEEL, Label.POLE),
                    Face(head, (255, 226, 164) if condition.lamps else (196, 196, 190), Label.POLE,
                         glow=float(condition.lamps))])


def sign(rng: np.random.Generator) -> Mesh:
    """Build a road sign on a post: prohibition, information, warning, or priority."""
    def plate(points, colour):
        return Face(points, colour, Label.SIGN)

    faces = [Face(post(0, 0, 2.4, .12), STEEL, Label.POLE)]
    kind = rng.integers(4)
    if kind == 0:
        faces += [plate(disc(0, 2.6, .48), (188, 34, 36)), plate(disc(0, 2.6, .32), WHITE)]
    elif kind == 1:
        faces += [plate(panel(-.48, .48, 2.15, 3.1), (34, 74, 164)), plate(post(0, 2.4, 2.9, .3), WHITE)]
    elif kind == 2:
        faces += [plate(upright([(-.58, 2.1), (0, 3.1), (.58, 2.1)]), (188, 34, 36)),
                  plate(upright([(-.34, 2.24), (0, 2.82), (.34, 2.24)]), WHITE)]
    else:
        faces += [plate(upright([(-.55, 2.6), (0, 3.15), (.55, 2.6), (0, 2.05)]), WHITE),
                  plate(upright([(-.4, 2.6), (0, 3.), (.4, 2.6), (0, 2.2)]), (226, 180, 44))]
    return Mesh.of(faces)


def gantry(rng: np.random.Generator, left: float, right: float) -> Mesh:
    """Build direction boards over the carriageway, from post to post (metres from its foot's x = 0)."""
    faces = [Face(post(x, 0, 6.9, .3), STEEL, Label.POLE) for x in (left, right)]
    faces += [Face(panel(left, right, y, y + .22), STEEL, Label.POLE) for y in (5.9, 6.7)]
    for x in np.arange(left + 2.6, right - 2, 4.6):
        colour = ((30, 92, 66), (34, 74, 164))[rng.integers(2)]
        faces.append(Face(panel(x - 1.8, x + 1.8, 5.3, 7.3), colour, Label.SIGN))
        faces += [Face(panel(x - 1.4, x + rng.uniform(.2, 1.4), y, y + .3), WHITE, Label.SIGN)
                  for y in (6.6, 5.8)]
    return Mesh.of(faces)


def traffic_light(rng: np.random.Generator, condition: Condition, reach: float = 0.) -> Mesh:
    """Build signals on a post; a ``reach`` in metres other than 0 adds an arm with a second one over the road."""
    faces = [Face(post(0, 0, 3., .16), DARK, Label.POLE)]
    heads = [(0., 2.5)]
    if reach:
        faces += [Face(post(0, 3., 5.9, .16), DARK, Label.POLE),
                  Face(bar((0, 5.8), (reach, 5.9), .16), DARK, Label.POLE)]
        heads.append((reach, 4.9))
    lit = rng.choice(3, p=(.45, .1, .45))
    for x, y in heads:
        faces.append(Face(panel(x - .32, x + .32, y, y + 1.5), (38, 40, 34), Label.LIGHT))
        for lamp, colour in enumerate(SIGNALS):
            on = lamp == lit
            shown = colour if on else tuple(.28 * c for c in colour)
            faces.append(Face(disc(x, y + .29 + .46 * lamp, .2, 8), shown, Label.LIGHT,
                              glow=on * (.9 if condition.lamps else .4)))
    return Mesh.of(faces)


def _lengthwise(x: float, low: float, high: float, length: float) -> np.ndarray:
    """Return an upright strip along the road: (4, 3)."""
    return np.array([(x, low, 0), (x, low, length), (x, high, length), (x, high, 0)], np.float32)


def guard_rail(length: float) -> Mesh:
    """Build a steel rail on short posts along a highway."""
    faces = [Face(post(0, 0, .7, .16), (104, 108, 112), Label.FENCE)]
    for low, high, grey in ((.42, .60, 150), (.60, .68, 112), (.68, .88, 164)):
        faces.append(Face(_lengthwise(0, low, high, length), (grey, grey + 3, grey + 7), Label.FENCE))
    return Mesh.of(faces)


def railing(length: float) -> Mesh:
    """Build a pavement railing: two rails on posts, closed between them."""
    faces = [Face(_lengthwise(0, .08, .95, length), (134, 139, 144), Label.FENCE, texture=.08)]
    faces += [Face(_lengthwise(0, y, y + .14, length), (92, 96, 102), Label.FENCE) for y in (.1, .9)]
    return Mesh.of([*faces, Face(post(0, 0, 1.1, .14), (92, 96, 102), Label.FENCE)])
