"""The two scenes: a highway through open country and a street in a New York-like city."""
from collections.abc import Iterator

import numpy as np

from . import furniture, people
from .conditions import Condition
from .mesh import Mesh
from .vehicles import car
from .world import CLIP, IN_SIGHT, PLOTS, SECONDS, START, Street, Thing, World

PLASTERS = ((152, 100, 80), (172, 152, 124), (126, 126, 132), (188, 174, 154), (120, 92, 76), (146, 150, 160))


class Furnisher:
    """Puts things on a street at random, as far as a camera car of that ``speed`` (m/s) sees in one clip."""

    def __init__(self, rng: np.random.Generator, condition: Condition, speed: float) -> None:
        self.rng, self.condition, self.things = rng, condition, []
        self.speed = speed * rng.uniform(.8, 1.2)
        self.length = START + CLIP * SECONDS * self.speed + IN_SIGHT

    def along(self, low: float, high: float, more: float = 0.) -> Iterator[float]:
        """Yield positions along the world and ``more`` metres beyond, ``low`` to ``high`` metres apart."""
        z = self.rng.uniform(0, high) - 10
        while z < self.length + more:
            yield z
            z += self.rng.uniform(low, high)

    def traffic(self, x: float, gap: tuple[float, float], speeds: tuple[float, float], quarters: int = 0,
                small: bool = False) -> None:
        """Put cars in the lane at x, all at about one speed; quarters = 2 comes towards the camera."""
        speed = self.rng.uniform(*speeds)
        reach = abs(speed) * CLIP * SECONDS
        for z in self.along(*gap, more=reach):
            mesh, length = car(self.rng, self.condition, quarters, small)
            self.things.append(Thing(mesh, x + self.rng.uniform(-.25, .25), z - reach * (speed > 0), 1.3, 1.5,
                                     speed, (1., length / 2), countable=True))

    def walkers(self, left: float, right: float, gap: tuple[float, float]) -> None:
        """Put groups of one to three pedestrians between left and right."""
        for z in self.along(*gap):
            for _ in range(self.rng.choice(3, p=(.55, .3, .15)) + 1):
                self.person(self.rng.uniform(left, right), z + self.rng.uniform(-1.5, 1.5))

    def person(self, x: float, z: float) -> None:
        """Put one pedestrian at x, z."""
        mesh, speed = people.pedestrian(self.rng), self.rng.uniform(-1.2, 1.2)
        self.things.append(Thing(mesh, x, z, .5, 1.7, speed, (.3, .25), countable=True))

    def bicycles(self, left: float, right: float, gap: tuple[float, float]) -> None:
        """Put bicycles parked or ridden along or across, between left and right."""
        for z in self.along(*gap):
            kind = self.rng.choice(3, p=(.35, .3, .35))
            make = (people.parked_bicycle, people.cyclist_across, people.cyclist_ahead)[kind]
            speed = self.rng.uniform(3, 5) if kind == 2 else 0.
            mesh, x = make(self.rng), self.rng.uniform(left, right)
            self.things.append(Thing(mesh, x, z, .9, 1.2, speed, (.6, .3), countable=True))

    def plants(self, left: float, right: float, gap: tuple[float, float], bushes: float = 0.) -> None:
        """Put trees, and ``bushes`` as a share, between left and right."""
        for z in self.along(*gap):
            make = furniture.bush if self.rng.random() < bushes else furniture.tree
            mesh, height, radius = make(self.rng, self.condition)
            x = self.rng.uniform(left, right)
            self.things.append(Thing(mesh, x, z, 1., height, footprint=(radius, radius)))

    def lamps(self, xs: tuple[float, ...], spacing: float) -> None:
        """Put street lamps whose arms reach over the road."""
        for x in xs:
            mesh = furniture.street_lamp(self.condition, -1 if x > 0 else 1)
            for z in np.arange(spacing / 2, self.length, spacing):
                self.things.append(Thing(mesh, x, z, .25))

    def signs(self, x: float, gap: tuple[float, float]) -> None:
        """Put road signs at x."""
        for z in self.along(*gap):
            self.things.append(Thing(furniture.sign(self.rng), x, z, .45))

    def signals(self, x: float, z: float, reach: float) -> None:
        """Put traffic lights at x, z, with an arm over the road if ``reach`` is not 0."""
        self.things.append(Thing(furniture.traffic_light(self.rng, self.condition, reach), x, z, .45))

    def fence(self, mesh: Mesh, x: float, start: float, end: float, step: float) -> None:
        """Put equal lengths of fence, one after the other."""
        for z in np.arange(start, end, step):
            self.things.append(Thing(mesh, x, z, .8))


def _buildings(rng: np.random.Generator, low: float, high: float) -> tuple[np.ndarray, ...]:
    """Return heights between low and high metres, paints and windows of both sides' plots."""
    heights = rng.uniform(low, high, (2, PLOTS)).astype(np.float32)
    paints = np.array(PLASTERS, np.float32)[rng.integers(len(PLASTERS), size=(2, PLOTS))]
    paints = paints * rng.uniform(.8, 1.1, (2, PLOTS, 1))
    windows = rng.uniform((2.2, 2.9), (3.8, 3.7), (2, PLOTS, 2))
    return heights, paints.astype(np.float32), windows.astype(np.float32)


def highway(rng: np.random.Generator, condition: Condition) -> World:
    """Build three lanes each way between guard rails, a foot and cycle path, open country with a few houses."""
    heights, paints, windows = _buildings(rng, 5, 15)
    heights[rng.random((2, PLOTS)) < rng.uniform(.5, .75)] = 0
    spacing, path = rng.uniform(30, 40), rng.uniform(3., 4.2)
    street = Street(
        road=(-20.4, 4.6), walks=((-8.6, -7.4), (5.2, 5.2 + path)),
        lines=((0, 4.5, 9), (-3.6, 4.5, 9), (3.6, 1, 0), (-7.1, 1, 0), (-9., 1, 0), (-12.6, 4.5, 9),
               (-16.2, 4.5, 9), (-19.8, 1, 0)),
        facades=(-rng.uniform(29, 36), rng.uniform(17, 26)), plot=20., heights=heights, paints=paints,
        windows=windows, crossing=0, lamps=((-8., 4.95), spacing), skyline=False)
    put = Furnisher(rng, condition, speed=24.)
    for x in (-5.4, -1.8, 1.8):
        put.traffic(x, (14, 60), (20, 27))
    for x in (-10.8, -14.4, -18.):
        put.traffic(x, (20, 70), (-27, -20), quarters=2)
    rail = furniture.guard_rail(4.)
    for x in (-8.5, 4.9):
        put.fence(rail, x, -8, put.length, 4.)
    put.lamps(*street.lamps)
    put.walkers(5.7, 5. + path, (8, 26))
    put.bicycles(5.9, 4.9 + path, (9, 26))
    put.plants(6.5 + path, 18, (5, 16), bushes=.35)
    put.plants(-30, -21.5, (5, 14), bushes=.35)
    put.signs(5.3, (20, 50))
    for z in put.along(60, 120):
        put.things.append(Thing(furniture.gantry(rng, -8., 5.2), 0, z, .8))
    for z in put.along(26, 60):
        put.signals(5.1, z, reach=rng.choice((0., -3.)))
    return _world(put, street, lane=rng.choice((-1.8, 1.8), p=(.3, .7)))


def nyc(rng: np.random.Generator, condition: Condition) -> World:
    """Build two lanes each way between parked cars, pavements and tall fronts, a crossing every fifth plot."""
    heights, paints, windows = _buildings(rng, 12, 48)
    plot, crossing, front = 16., 5, rng.uniform(10.5, 13.5)
    heights[rng.random((2, PLOTS)) < .12] = 0
    heights[:, ::crossing] = 0
    spacing = plot * crossing / 3
    street = Street(
        road=(-6.4, 6.4), walks=((-front, -6.4), (6.4, front)),
        lines=((-.12, 1, 0), (.12, 1, 0), (-4.1, 1, 0), (4.1, 1, 0)), facades=(-front, front), plot=plot,
        heights=heights, paints=paints, windows=windows, crossing=crossing, lamps=((-6.8, 6.8), spacing),
        skyline=True)
    put = Furnisher(rng, condition, speed=13.)
    put.traffic(2.1, (14, 45), (8, 14))
    put.traffic(-2.1, (12, 45), (-12, -6), quarters=2)
    put.lamps(*street.lamps)
    for side in (-1, 1):
        near, far = sorted((side * 7.3, side * (front - .6)))
        put.traffic(side * 5.3, (6, 18), (0, 0), quarters=1 - side, small=True)
        put.walkers(near, far, (4, 16))
        put.bicycles(*sorted((side * 6.9, side * 8.)), (14, 40))
        put.plants(*sorted((side * 7.2, side * 7.8)), (8, 22), bushes=.15)
        put.plants(*sorted((side * (front + 2), side * (front + 7))), (6, 14), bushes=.3)
        put.signs(side * 6.8, (16, 40))
        for z in put.along(24, 60):
            put.fence(furniture.railing(2.), side * 6.65, z, z + 2. * rng.integers(2, 6), 2.)
    for z in np.arange(0, put.length, plot * crossing):
        _junction(put, z, plot)
    put.things[:] = [thing for thing in put.things if not _blocks_crossing(thing, plot, crossing, front)]
    return _world(put, street, lane=2.1)


def _junction(put: Furnisher, z: float, plot: float) -> None:
    """Put traffic lights at the far corners, people on the crosswalk, and perhaps a car that crosses."""
    rng = put.rng
    before, behind = z - .8, z + plot + .5
    for x, at, reach in ((6.9, behind, -3.5), (-6.9, behind, 3.), (7., before, 0.), (-7., before, 0.)):
        put.signals(x, at, reach)
    for _ in range(rng.integers(4)):
        put.person(rng.uniform(-6, 6), z - 2 + rng.uniform(-.8, .8))
    if rng.random() < .5:
        mesh, length = car(rng, put.condition, quarters=rng.choice((1, 3)))
        x, at = rng.uniform(-14, 14), z + rng.choice((5., 10.))
        put.things.append(Thing(mesh, x, at, 2., 1.5, 0., (length / 2, 1.), countable=True))


def _blocks_crossing(thing: Thing, plot: float, crossing: int, front: float) -> bool:
    """Return whether something that belongs to a kerb or a pavement stands in a side street."""
    in_side_street = -3 < (thing.z + 3) % (plot * crossing) - 3 < plot
    kerbside = thing.speed == 0 and abs(thing.x) > 4.5 and thing.width not in (.45, 2.)
    return in_side_street and kerbside or (abs(thing.x) > front and not thing.height)


def _world(put: Furnisher, street: Street, lane: float) -> World:
    """Add the camera car and the light that its sensor sees."""
    rng, condition = put.rng, put.condition
    gain = rng.uniform(1 - condition.exposure, 1 + condition.exposure)
    balance = rng.uniform(1 - condition.white_balance, 1 + condition.white_balance, 3)
    return World(street, put.things, float(lane), put.speed, rng.uniform(0, 6.28), rng.uniform(0, 256),
                 (gain * balance).astype(np.float32))


LAYOUTS = {'highway': highway, 'nyc': nyc}
