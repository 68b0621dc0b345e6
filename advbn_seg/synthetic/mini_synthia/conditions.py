"""Light, weather and season of a scene. Colours are RGB in 0..255, light is a factor on albedo."""
from dataclasses import dataclass

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Condition:
    """One of the five conditions.

    Attributes:
        zenith, horizon, cloud: Sky colours.
        clouds: Share of the sky under cloud, 0..1.
        ambient, sun: Light from the sky and from the sun, as RGB factors.
        sun_from: Direction towards the sun (right, up, forward), unit length not needed.
        haze: Extinction per metre; far surfaces fade to ``haze_colour``.
        leaves, grass: Mean colours of the vegetation.
        noise: Standard deviation of the sensor noise in grey levels.
        exposure, white_balance: Half width of the jitter from drive to drive, as a share.
        snow: Whether snow lies. lamps: Whether street lamps and headlights are on.
    """

    zenith: Colour
    horizon: Colour
    cloud: Colour
    clouds: float
    ambient: Colour
    sun: Colour
    sun_from: Colour
    haze: float
    haze_colour: Colour
    leaves: Colour
    grass: Colour
    noise: float
    exposure: float
    white_balance: float
    snow: bool = False
    lamps: bool = False


CONDITIONS = {
    'dawn': Condition(
        zenith=(112, 128, 168), horizon=(244, 200, 158), cloud=(238, 168, 140), clouds=.5,
        ambient=(.68, .62, .62), sun=(.70, .50, .30), sun_from=(.55, .42, .35),
        haze=.0035, haze_colour=(222, 186, 158), leaves=(82, 108, 52), grass=(98, 112, 56),
        noise=2.5, exposure=.12, white_balance=.03),
    'fog': Condition(
        zenith=(176, 180, 184), horizon=(190, 193, 196), cloud=(196, 198, 200), clouds=.15,
        ambient=(.78, .79, .81), sun=(0, 0, 0), sun_from=(0, 1, 0),
        haze=.020, haze_colour=(188, 191, 194), leaves=(80, 108, 54), grass=(96, 112, 60),
        noise=2., exposure=.12, white_balance=.01),
    'night': Condition(
        zenith=(24, 28, 46), horizon=(62, 60, 76), cloud=(52, 50, 62), clouds=.3,
        ambient=(.36, .37, .46), sun=(0, 0, 0), sun_from=(0, 1, 0),
        haze=.005, haze_colour=(50, 50, 64), leaves=(78, 108, 52), grass=(92, 110, 58),
        noise=4.5, exposure=.15, white_balance=.03, lamps=True),
    'spring': Condition(
        zenith=(84, 138, 212), horizon=(182, 210, 236), cloud=(246, 247, 250), clouds=.4,
        ambient=(.58, .60, .66), sun=(.62, .59, .50), sun_from=(-.5, .85, -.4),
        haze=.002, haze_colour=(184, 206, 230), leaves=(76, 134, 46), grass=(84, 138, 52),
        noise=2., exposure=.12, white_balance=.03),
    'winter': Condition(
        zenith=(186, 196, 210), horizon=(216, 221, 227), cloud=(226, 229, 233), clouds=.5,
        ambient=(.76, .79, .84), sun=(.12, .11, .09), sun_from=(-.3, .7, .3),
        haze=.0045, haze_colour=(212, 217, 224), leaves=(104, 100, 82), grass=(112, 112, 84),
        noise=2., exposure=.12, white_balance=.03, snow=True),
}
