"""From surfaces to a photograph: shadows, lamps, haze, and a sensor's noise."""
import cv2
import numpy as np

from ...datasets.labels import Label
from .camera import Camera
from .conditions import Condition
from .surfaces import Surfaces
from .world import Street, Thing, World

GROUND = (Label.ROAD, Label.SIDEWALK, Label.LANE, Label.VEGETATION)
LONGEST_SHADOW = 9.  # metres


def sun_direction(condition: Condition) -> np.ndarray:
    """Return the unit vector (3,) towards the sun."""
    direction = np.float32(condition.sun_from)
    return direction / np.linalg.norm(direction)


def drop_shadows(surfaces: Surfaces, camera: Camera, things: list[tuple[Thing, float]],
                 sun: np.ndarray) -> None:
    """Darken the ground under things and, away from the sun, beside them, before the things are painted.

    Args:
        things: Each with its z in metres.
    """
    angle = np.linspace(0, 2 * np.pi, 10, endpoint=False)
    circle = np.stack([np.cos(angle), 0 * angle, np.sin(angle)], 1).astype(np.float32)
    bases, tips = [], []
    for thing, z in things:
        if thing.footprint:
            half_width, half_length = thing.footprint
            base = circle * np.float32((min(half_width, 1.) * 1.1, 0, half_length * 1.05))
            base += np.float32((thing.x, 0, z))
            away = sun * np.float32((1, 0, 1)) * -min(thing.height / max(sun[1], .2), LONGEST_SHADOW)
            bases.append(base)
            tips.append(np.concatenate([base, base + away]))
    contact = _hulls(camera, bases)
    thrown = _hulls(camera, tips if any(sun[::2]) else [])
    ground = np.isin(surfaces.label, GROUND)
    softness = max(camera.size[1] / 260, .6)
    contact, thrown = (cv2.GaussianBlur(mask * ground.astype(np.float32), (0, 0), softness)
                       for mask in (contact, thrown))
    surfaces.albedo *= 1 - .45 * contact[..., None]
    surfaces.sun *= 1 - .85 * thrown


def _hulls(camera: Camera, outlines: list[np.ndarray]) -> np.ndarray:
    """Return the mask (H, W) uint8 of the hulls of points on the ground, less those that reach behind the camera."""
    mask = np.zeros(camera.size, np.uint8)
    if outlines:
        pixels, depth = camera.project(np.concatenate(outlines))
        pixels = np.clip(pixels * 16, -1e6, 1e6).astype(np.int32).reshape(len(outlines), -1, 2)
        for hull in pixels[depth.reshape(len(outlines), -1).min(1) > 1]:
            cv2.fillConvexPoly(mask, cv2.convexHull(hull), 1, shift=4)
    return mask


def photograph(surfaces: Surfaces, world: World, condition: Condition, camera: Camera,
               exposure: float) -> np.ndarray:
    """Return the image before noise: (H, W, 3) float32, about 0..255.

    Args:
        exposure: Factor of this frame, on top of the world's gain.
    """
    x, y, z = camera.at(surfaces.depth)
    sun = surfaces.sun
    if any(condition.sun):
        sun = sun * (1 - .85 * _building_shadow(world.street, x, y, z, sun_direction(condition)))
    light = np.float32(condition.ambient) + sun[..., None] * np.float32(condition.sun)
    if condition.lamps:
        light += _lamplight(world.street, camera, x, y, z, surfaces.depth)
    image = surfaces.albedo * light + surfaces.emission
    solid = surfaces.label != Label.SKY
    haze = ((1 - np.exp(-condition.haze * surfaces.depth)) * solid)[..., None]
    image += haze * (np.float32(condition.haze_colour) - image)
    if condition.lamps:
        image += _bloom(surfaces, solid)
    return image * (world.gain * np.float32(exposure))


def _building_shadow(street: Street, x: np.ndarray, y: np.ndarray, z: np.ndarray,
                     sun: np.ndarray) -> np.ndarray:
    """Return whether the row of buildings on the sun's side stands between a point and the sun: (H, W) bool."""
    side = int(sun[0] > 0)
    way = (street.facades[side] - x) / sun[0]
    height = street.heights[side][street.plots(z + way * sun[2])]
    return (way > 0) & (height > y + way * sun[1])


def _lamplight(street: Street, camera: Camera, x: np.ndarray, y: np.ndarray, z: np.ndarray,
               depth: np.ndarray) -> np.ndarray:
    """Return the pools of light under the street lamps and the camera car's beam: (H, W, 3)."""
    rows, spacing = street.lamps
    beside = np.mod(z, spacing) - spacing / 2
    low = np.clip(1.4 - y / 8, 0, 1)
    pools = sum(np.exp(-(beside / 7) ** 2 - ((x - row * .72) / 6) ** 2) for row in rows) * low
    dx, _, _ = camera.rays
    beam = np.exp(-(dx * depth / (1.4 + .24 * depth)) ** 2 - depth / 26) * np.clip(1.4 - y, 0, 1)
    warm, white = np.float32((1, .84, .56)), np.float32((1, .96, .86))
    return .42 * pools[..., None] * warm + .95 * beam[..., None] * white


def _bloom(surfaces: Surfaces, solid: np.ndarray) -> np.ndarray:
    """Return the glow around what emits light: (H, W, 3)."""
    height, width = solid.shape
    lights = surfaces.emission * solid[..., None]
    small = cv2.resize(lights, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    near, wide = (cv2.GaussianBlur(small, (0, 0), width / share) for share in (160, 40))
    return cv2.resize(near * .5 + wide * .3, (width, height))


def expose(image: np.ndarray, rng: np.random.Generator, noise: float) -> np.ndarray:
    """Add sensor noise with a standard deviation of ``noise`` grey levels and round: (H, W, 3) uint8."""
    grey = rng.standard_normal((*image.shape[:2], 1), np.float32)
    colour = rng.standard_normal(image.shape, np.float32)
    return np.clip(image + noise * (.8 * grey + .6 * colour) + .5, 0, 255).astype(np.uint8)
