"""Where the photographs of LabelMeFacade were taken, by their file names.

The table was made from all 945 names and a look at the photographs. Greater Boston is one place: the squares of
Cambridge and Somerville, Massachusetts, were photographed on the same days, with the same cameras. A name without a
place is of 'unknown', which no config trains on or scores: some show Boston.
"""
import re
from collections import defaultdict
from collections.abc import Iterable

UNKNOWN = 'unknown'
SPLITS = ('train', 'val', 'all')

# place: what is found in its names; the first that is found counts
PLACES = {
    'stock': '^spatial_envelope|^database_static',  # 256x256, of many cities, from Oliva and Torralba's collection
    'barcelona_night': 'barcelona_spain_night',
    'barcelona': 'barcelona',
    'boston': ('boston|street_(porter|cambridge)|cambridge_street|statacenter|harvard|kendall|davis|techsquare|'
               'cars_highland'),
    'mallorca': 'mallorca|palma',
    'cambridge_uk': 'cambridge_uk',
    'coruna': 'coruna',
    'london': 'london',
    'madrid': 'madrid',
    'paris': 'paris',
    'elsewhere': ('gerona|galicia|valladolid|laredo|benavente|palafrugel|freiberg|italy|budapest|montana|dartmouth|'
                  'berkeley|bay_area|mineapolis|newyork|vancouver|pittsburgh|sarasota|wuhan|bolivia'),
}


def place_of(stem: str) -> str:
    """Return the place of a photograph, a key of `PLACES` or `UNKNOWN`.

    Example:
        >>> place_of('static_outdoor_street_city_cambridge_uk__IMG_8744'), place_of('nov6_static_outdoor__img_0468')
        ('cambridge_uk', 'unknown')
    """
    return next((place for place, pattern in PLACES.items() if re.search(pattern, stem)), UNKNOWN)


def part_of(stems: Iterable[str], split: str) -> list[str]:
    """Return the photographs of a split, in the order of their names.

    The last quarter of each series is for validation, as neighbours show the same street. A series is of one folder of
    LabelMe, which is in the name up to the last two underscores.

    Args:
        stems: of all photographs of a place.
        split: 'train', 'val' or 'all'.

    Example:
        >>> part_of(['a__1', 'a__2', 'a__3', 'a__4', 'b__1'], 'train')
        ['a__1', 'a__2', 'a__3', 'b__1']
    """
    series = defaultdict(list)
    for stem in sorted(stems):
        series[stem.rpartition('__')[0]].append(stem)
    chosen = []
    for each in series.values():
        end = len(each) - len(each) // 4
        chosen += dict(train=each[:end], val=each[end:], all=each)[split]
    return chosen
