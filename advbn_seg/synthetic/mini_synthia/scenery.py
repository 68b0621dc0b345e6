"""Ray casting of sky, ground and buildings, which are too large for a mesh."""
import numpy as np

from ...datasets.labels import Label
from .camera import Camera
from .conditions import Condition
from .noise import grain, smooth
from .surfaces import Surfaces
from .world import PLOTS, Street, World

HORIZON = 260.  # metres to the treeline or skyline that ends the view
SNOW = np.float32((236, 239, 243))
LAST_LINE = 70.  # metres; lane markings are thinner than a pixel beyond


def cast(world: World, condition: Condition, camera: Camera, sun: np.ndarray) -> Surfaces:
    """Return the street without its things.

    Args:
        sun: Unit vector (3,) towards the sun.
    """
    surfaces = Surfaces.empty(camera.size)
    _sky(surfaces, world, condition, camera)
    _ground(surfaces, world, condition, camera, sun)
    for side in (0, 1):
        _buildings(surfaces, world, condition, camera, side, sun)
    return surfaces


def _sky(surfaces: Surfaces, world: World, condition: Condition, camera: Camera) -> None:
    """Fill in gradient and clouds, and a treeline or skyline along the horizon. The sky glows without light."""
    above = slice(0, camera.first_row_below)
    dx, dy, dz = (ray[above] for ray in camera.rays)
    high = np.clip(dy * 1.6, 0, 1)[..., None] ** .6
    sky = np.float32(condition.horizon) * (1 - high) + np.float32(condition.zenith) * high
    lift = 1 / (.12 + np.maximum(dy, 0))
    clouds = smooth(world.offset + 26 * lift, 30 * dx * lift + world.offset)
    cover = np.clip((clouds + 2 * condition.clouds - 1) * 1.4, 0, .9)[..., None]
    surfaces.emission[above] = sky * (1 - cover) + np.float32(condition.cloud) * cover

    bearing = dx / dz * 60 + world.offset
    edge = smooth(bearing, np.zeros_like(bearing)) * (.05 if world.street.skyline else .025) + .045
    ending = np.zeros(camera.size, bool)
    ending[above] = dy < edge
    surfaces.label[ending] = Label.BUILDING if world.street.skyline else Label.VEGETATION
    surfaces.albedo[ending] = (132, 128, 126) if world.street.skyline else condition.leaves
    surfaces.albedo[ending] *= (1 + .2 * grain(bearing * 2, dy * 250))[ending[above]][:, None]
    surfaces.depth[ending], surfaces.sun[ending], surfaces.emission[ending] = HORIZON, .4, 0


def _ground(surfaces: Surfaces, world: World, condition: Condition, camera: Camera, sun: np.ndarray) -> None:
    """Fill in road, markings, pavements and grass."""
    street = world.street
    below = slice(camera.first_row_below, None)
    depth = np.minimum(camera.y / np.maximum(-camera.rays[1][below], 1e-6), HORIZON)
    x, _, z = camera.at(depth, below)
    fine = smooth(z * 16 + world.offset, x * 16) * np.clip(12 / depth, .15, 1)
    coarse = smooth(z * 1.1 + world.offset, x * 2.3)

    crossing = np.zeros(x.shape, bool)
    if street.crossing:
        crossing = np.mod(z, street.plot * street.crossing) < street.plot
    walk = np.zeros(x.shape, bool)
    for left, right in street.walks:
        walk |= (x > left) & (x < right)
    road = ((x > street.road[0]) & (x < street.road[1])) | crossing
    walk &= ~road
    lines = _lines(street, x, z, depth)
    grass = ~road & ~walk

    texture = 1 + .22 * fine + .12 * coarse
    albedo = np.repeat((92 * texture)[..., None], 3, -1)
    joints = (np.mod(z, 2) < .06 * np.clip(depth / 10, 1, 4)) | (np.mod(x, 1.5) < .06)
    slabs = (152 + 20 * fine + 12 * coarse) * np.where(joints & (depth < 30), .86, 1)
    albedo[walk] = slabs[walk][:, None] * np.float32((1, .98, .94))
    albedo[grass] = np.float32(condition.grass) * (1 + .34 * fine + .3 * coarse)[grass][:, None]
    albedo[lines] = (214 + 50 * np.minimum(coarse, .2))[lines][:, None]
    if condition.snow:
        _snow(albedo, road, lines, x, z, coarse, fine)

    label = np.where(road, Label.ROAD, np.where(walk, Label.SIDEWALK, Label.VEGETATION))
    label[lines] = Label.LANE
    surfaces.label[below], surfaces.albedo[below], surfaces.depth[below] = label, albedo, depth
    surfaces.sun[below] = max(sun[1], 0)


def _lines(street: Street, x: np.ndarray, z: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """Return where lane markings are, crosswalks and stop lines included: (H, W) bool."""
    width = .08 + .0012 * depth
    lines = np.zeros(x.shape, bool)
    for centre, painted, period in street.lines:
        line = np.abs(x - centre) < width
        lines |= line & (np.mod(z, period) < painted) if period else line
    if street.crossing:
        block = street.plot * street.crossing
        along = np.mod(z, block)
        inside = (x > street.road[0] + .3) & (x < street.road[1] - .3)
        past = along - street.plot
        walks = ((along > block - 3.6) & (along < block - .6)) | ((past > .6) & (past < 3.6))
        stop = (along > block - 5.2) & (along < block - 4.6) & (x > 0)
        lines &= (along > street.plot + 4) & (along < block - 4.6)
        lines |= inside & (walks & (np.mod(x, 1.2) < .6) | stop)
    return lines & (depth < LAST_LINE)


def _snow(albedo: np.ndarray, road: np.ndarray, lines: np.ndarray, x: np.ndarray, z: np.ndarray,
          coarse: np.ndarray, fine: np.ndarray) -> None:
    """Lay a cover beside the road, and slush in streaks on the road."""
    cover = np.clip(.72 + .9 * coarse, 0, .95)
    streaks = np.clip((.8 * coarse + .7 * smooth(z * .12, x * 3)) * 1.3, 0, .4)
    share = np.where(road, np.where(lines, .3 * streaks, streaks), cover)[..., None]
    albedo += share * (SNOW + 8 * fine[..., None] - albedo)


def _buildings(surfaces: Surfaces, world: World, condition: Condition, camera: Camera, side: int,
               sun: np.ndarray) -> None:
    """Fill in the buildings on the left (0) or right (1): fronts, and side walls where a neighbour is lower."""
    street = world.street
    out = 1 if side else -1
    dx, dy, dz = camera.rays
    toward = dx * out > 1e-3
    depth = (street.facades[side] - camera.x) / np.where(toward, dx, out)
    rays = np.flatnonzero(toward & (camera.y + dy * depth > 0))
    dy, dz, depth = dy.flat[rays], dz.flat[rays], depth.flat[rays]
    plot = np.floor((camera.z + dz * depth) / street.plot)
    front = np.ones(len(rays), bool)
    for _ in range(4):  # a ray that passes over a plot may hit the next one's side wall
        missed = camera.y + dy * depth >= street.heights[side][plot.astype(np.int32) % PLOTS]
        plot += missed
        depth = np.where(missed, (plot * street.plot - camera.z) / np.maximum(dz, .05), depth)
        front &= ~missed
    y = camera.y + dy * depth
    plot = plot.astype(np.int32) % PLOTS
    hit = (y < street.heights[side][plot]) & (y > 0) & (depth < HORIZON) & (depth > 0)
    plot, front, depth = plot[hit], front[hit], depth[hit].astype(np.float32)
    pixels = np.unravel_index(rays[hit], camera.size)
    x, y, z = camera.at(depth, pixels)
    albedo, emission = _facade(street, condition, side, plot, np.where(front, z, x), y, depth)
    surfaces.label[pixels], surfaces.depth[pixels] = Label.BUILDING, depth
    surfaces.albedo[pixels], surfaces.emission[pixels] = albedo, emission
    surfaces.sun[pixels] = np.where(front, max(-out * sun[0], 0), max(-sun[2], 0))


def _facade(street: Street, condition: Condition, side: int, plot: np.ndarray, across: np.ndarray,
            y: np.ndarray, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return albedo and emission (N, 3) of walls with windows and, in town, shops at street level."""
    step_across, step_up = street.windows[side][plot].T
    column, storey = across / step_across, y / step_up
    u, v = column % 1, storey % 1
    below_roof = street.heights[side][plot] - y
    window = (u > .26) & (u < .76) & (v > .28) & (v < .8) & (below_roof > 1.2)
    shop = street.skyline & (y > .5) & (y < 2.9) & (u > .08) & (u < .92)
    window &= (y > 3.4) | (not street.skyline)
    chance = grain(np.floor(column) * 37 + plot * 11, np.floor(storey) * 53 + 7)  # one draw for each window
    crisp = np.clip(18 / depth, .2, 1)

    bricks = 1 + .18 * crisp * grain(y * 18, across * 9) + .1 * grain(y * 1.5, across * 1.5)
    albedo = street.paints[side][plot] * bricks[:, None]
    albedo[below_roof < .6] *= .82
    glass = np.float32((66, 78, 94)) * (1 + .5 * chance)[:, None]
    albedo[window] += ((glass - albedo) * np.clip(30 / depth, .45, 1)[:, None])[window]
    albedo[shop] = (glass * np.float32((1.15, 1., .92)))[shop]
    if condition.snow:
        albedo[(below_roof < .5) | (window & (v < .34))] = SNOW
    emission = np.zeros_like(albedo)
    if condition.lamps:
        emission[window & (chance > .12)] = (196, 158, 92)
        emission[shop] = np.float32((150, 132, 104)) * (.5 + chance[shop, None])
    return albedo, np.maximum(emission, 0)
