"""Cars, vans and lorries: a side profile pulled across, narrower at the roof."""
import numpy as np

from ...datasets.labels import Label
from .conditions import Condition
from .mesh import Face, Mesh
from .shapes import disc, panel, turned

PAINTS = ((36, 37, 41), (196, 198, 202), (150, 34, 32), (42, 64, 122), (122, 126, 130), (228, 228, 226),
          (186, 156, 44), (52, 88, 62), (88, 30, 40), (92, 112, 132))
GLASS, RUBBER, SNOW = (50, 58, 70), (22, 22, 24), (226, 230, 235)
BODY, PANE, ROOF = 'body', 'pane', 'roof'

# A profile runs from the rear bumper over the roof to the front bumper:
# (share of the length, height, half width) in metres, and what the strip up to the next point is made of.
SEDAN = ((.00, .28, .80, BODY), (-.01, .55, .90, BODY), (.01, .86, .88, BODY), (.04, .98, .82, BODY),
         (.13, 1.02, .80, PANE), (.27, 1.38, .66, ROOF), (.40, 1.46, .64, ROOF), (.54, 1.40, .66, PANE),
         (.71, .98, .80, BODY), (.90, .88, .82, BODY), (.98, .72, .86, BODY), (1., .50, .88, BODY),
         (.98, .26, .80, BODY))
HATCH = ((.00, .28, .80, BODY), (-.01, .60, .90, BODY), (.02, 1.00, .86, PANE), (.10, 1.44, .70, ROOF),
         (.35, 1.56, .68, ROOF), (.56, 1.48, .70, PANE), (.75, 1.02, .82, BODY), (.94, .90, .84, BODY),
         (1., .62, .90, BODY), (.98, .28, .80, BODY))
VAN = ((.00, .32, .92, BODY), (-.01, .60, .98, BODY), (.00, 1.20, .97, PANE), (.02, 1.90, .90, BODY),
       (.05, 2.15, .84, ROOF), (.74, 2.18, .84, PANE), (.86, 1.35, .94, BODY), (.98, 1.10, .95, BODY),
       (1., .60, .97, BODY), (.98, .32, .9, BODY))
LORRY = ((.00, .55, 1.15, BODY), (.00, .75, 1.20, BODY), (.00, 3.10, 1.20, ROOF), (.99, 3.10, 1.20, BODY),
         (1., 1.0, 1.20, BODY), (1., .45, 1.15, BODY))
KINDS = ((SEDAN, 4.5), (HATCH, 3.9), (VAN, 5.0), (LORRY, 8.0))  # profile, length in metres
SHARES = (.48, .34, .13, .05)


def car(rng: np.random.Generator, condition: Condition, quarters: int = 0,
        small: bool = False) -> tuple[Mesh, float]:
    """Build a random car, heading up the road and turned by quarters of a circle.

    Returns:
        Its mesh, in the order of painting for that heading, and its length in metres.
    """
    kind = rng.choice(2) if small else rng.choice(len(KINDS), p=SHARES)
    profile, length = KINDS[kind]
    paint = np.array(PAINTS[rng.integers(len(PAINTS))]) * rng.uniform(.88, 1.1)
    colours = {BODY: paint, PANE: GLASS, ROOF: SNOW if condition.snow and rng.random() < .6 else paint}
    spine = np.float32([((share - .5) * length, height, half) for share, height, half, _ in profile])
    strips = _turn(_strips(spine, [colours[material] for *_, material in profile]), quarters)
    strips.sort(key=lambda face: -face.points[:, 2].sum())  # far to near: the cabin hides the bonnet
    flat = _sides(spine, paint, length, lorry=kind == 3) + _ends(spine, length, condition)
    return Mesh.of(strips + _turn(flat, quarters)), length


def _turn(faces: list[Face], quarters: int) -> list[Face]:
    return [face._replace(points=turned(face.points, quarters)) for face in faces]


def _strips(spine: np.ndarray, colours: list) -> list[Face]:
    """Return the faces across the car, one from each point of the profile to the next."""
    faces = []
    for (z0, y0, w0), (z1, y1, w1), colour in zip(spine, spine[1:], colours):
        points = np.array([(-w0, y0, z0), (-w1, y1, z1), (w1, y1, z1), (w0, y0, z0)], np.float32)
        faces.append(Face(points, tuple(colour), Label.CAR, solid=True))
    return faces


def _sides(spine: np.ndarray, paint: np.ndarray, length: float, lorry: bool) -> list[Face]:
    """Return both flanks, with wheels, and windows where the profile has a cabin."""
    faces = []
    for side in (-1, 1):
        order = slice(None, None, side)  # clockwise as seen from outside
        flank = np.stack([side * spine[:, 2], spine[:, 1], spine[:, 0]], 1)
        faces.append(Face(flank[order], tuple(paint * .92), Label.CAR, solid=True))
        if not lorry:
            cabin = flank[flank[:, 1] > .97]
            middle = cabin.mean(0)
            window = middle + (cabin - middle) * (1, .72, .84) + (side * .02, .05, 0)
            faces.append(Face(window[order], GLASS, Label.CAR, solid=True))
        for share in (.18, .80):
            wheel = disc((share - .5) * length, .34, .34 if not lorry else .5)[::side]
            wheel = np.stack([np.full(len(wheel), side * (spine[0, 2] + .1)), wheel[:, 1], wheel[:, 0]], 1)
            faces.append(Face(wheel, RUBBER, Label.CAR, solid=True))
    return faces


def _ends(spine: np.ndarray, length: float, condition: Condition) -> list[Face]:
    """Return tyres, lamps and number plate, at the rear and at the front."""
    half, glow = float(spine[0, 2]), .9 if condition.lamps else .15
    faces = []
    for quarters, lamp in ((0, (196, 28, 24)), (2, (250, 240, 214))):
        z = -length / 2 - .06
        axle = z + .18 * length - .25
        parts = [Face(panel(x - .14, x + .14, 0, spine[0, 1], axle), RUBBER, Label.CAR, solid=True)
                 for x in (.18 - half, half - .18)]
        parts += [Face(panel(x - .15, x + .15, .64, .82, z), lamp, Label.CAR, glow=glow, solid=True)
                  for x in (.2 - half, half - .2)]
        parts.append(Face(panel(-.26, .26, .44, .56, z), (206, 206, 198), Label.CAR, solid=True))
        faces += _turn(parts, quarters)
    return faces
