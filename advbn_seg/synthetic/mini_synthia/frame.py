"""One frame: build or recall its world, drive the camera to it, cast, paint and light."""
from functools import lru_cache
from math import sin

import cv2
import numpy as np

from ...errors import UserError
from .camera import Camera
from .conditions import CONDITIONS
from .layouts import LAYOUTS
from .lighting import drop_shadows, expose, photograph, sun_direction
from .mesh import paint
from .scenery import cast
from .world import CLIP, IN_SIGHT, SECONDS, START, Thing, World

SCENES = tuple(LAYOUTS)
LARGEST = (760, 1280)  # SYNTHIA's own size
SMALLEST = 32
EYE = 1.6  # metres of the camera above the road
BEHIND = 8.  # metres behind the camera that may still be in view or cast a shadow


def render_frame(scene: str, condition: str, index: int, size: tuple[int, int] = (96, 160),
                 seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Render one frame of a drive. The same arguments give the same bytes.

    Args:
        scene: 'highway' or 'nyc'.
        condition: 'dawn', 'fog', 'night', 'spring' or 'winter'.
        index: Frame number from 0; every ``CLIP`` frames the drive goes on in another world.
        size: Height and width in pixels, from 32 to 760 x 1280.
        seed: Number of the drive.

    Returns:
        RGB image (H, W, 3) uint8, class ids (H, W) uint8, instance ids (H, W) uint16 (0: not countable).

    Raises:
        UserError: If scene or condition is unknown, index or seed negative, or the size out of range.
    """
    check(scene, condition, index, size, seed)
    weather = CONDITIONS[condition]
    clip, step = divmod(index, CLIP)
    world = _world(scene, condition, clip, seed)
    scale = 2 if size[1] <= 400 else 1  # small frames are drawn twice as large, for smooth edges
    camera = _camera(world, step, (size[0] * scale, size[1] * scale))
    sun = sun_direction(weather)

    things = _in_view(world, camera, step, thinnest=scale)
    surfaces = cast(world, weather, camera, sun)
    drop_shadows(surfaces, camera, [(thing, z) for thing, z, _ in things], sun)
    paint(surfaces, camera, [(thing.mesh, thing.x, z, number) for thing, z, number in things], sun)
    exposure = 1 + .06 * sin(.9 * step + world.phase)
    image = photograph(surfaces, world, weather, camera, exposure)
    image = cv2.resize(image, size[::-1], interpolation=cv2.INTER_AREA)
    rng = np.random.default_rng((*_stream(scene, condition, clip, seed), step))
    image = expose(image, rng, weather.noise)
    return image, surfaces.label[::scale, ::scale].copy(), surfaces.instance[::scale, ::scale].copy()


def check(scene: str, condition: str, index: int, size: tuple[int, int], seed: int) -> None:
    """Raise UserError with one sentence if ``render_frame`` cannot take these arguments."""
    if scene not in SCENES:
        raise UserError(f'There is no scene {scene!r}; choose from {", ".join(SCENES)}.')
    if condition not in CONDITIONS:
        raise UserError(f'There is no condition {condition!r}; choose from {", ".join(CONDITIONS)}.')
    if index < 0 or seed < 0:
        raise UserError(f'Frame number and seed count from 0; got frame {index} and seed {seed}.')
    if any(not SMALLEST <= side <= most for side, most in zip(size, LARGEST)):
        raise UserError(f'A frame is {SMALLEST} x {SMALLEST} to {LARGEST[0]} x {LARGEST[1]} pixels '
                        f'(height x width); got {size[0]} x {size[1]}.')


def _stream(scene: str, condition: str, clip: int, seed: int) -> tuple[int, int, int, int]:
    """Return the seed of a clip's random numbers: plain integers, the same in every process."""
    return seed, SCENES.index(scene), list(CONDITIONS).index(condition), clip


@lru_cache(maxsize=4)
def _world(scene: str, condition: str, clip: int, seed: int) -> World:
    """Return the world of a clip; kept, since its frames are usually rendered one after the other."""
    rng = np.random.default_rng(_stream(scene, condition, clip, seed))
    return LAYOUTS[scene](rng, CONDITIONS[condition])


def _camera(world: World, step: int, size: tuple[int, int]) -> Camera:
    """Return the camera at a step of the clip, which sways in its lane and looks a little left and right."""
    sway = world.phase + .8 * step
    return Camera(x=world.lane + .4 * sin(sway), y=EYE + .04 * sin(2.3 * sway),
                  z=START + step * SECONDS * world.speed, yaw=.07 * sin(1.3 * sway + 1),
                  horizon=.46 + .012 * sin(1.9 * sway), size=size)


def _in_view(world: World, camera: Camera, step: int, thinnest: float) -> list[tuple[Thing, float, int]]:
    """Return the things worth drawing, farthest first: each with its z and its number, 0 if it is not countable.

    Args:
        thinnest: Things narrower than this many pixels are left out.
    """
    found = []
    for number, thing in enumerate(world.things, 1):
        z = thing.z + thing.speed * SECONDS * step
        ahead = z - camera.z
        runs_into_us = thing.countable and abs(thing.x - camera.x) < 2.2 and -8 < ahead < 6.5
        if -BEHIND < ahead < IN_SIGHT and thing.width * camera.focal > thinnest * ahead and not runs_into_us:
            found.append((thing, z, number * thing.countable))
    # Of two things in line, both terms are larger for the farther; the second sets long fences behind cars.
    return sorted(found, key=lambda entry: -entry[1] - abs(entry[0].x - camera.x))
