"""A page stays below 5 MB: pictures and confusions have a room each, which the first ones fill."""
import json

FRAMES, CONFUSIONS = 2_500_000, 1_200_000  # bytes of the page


class Album:
    """The pictures of a page, each once, as data URIs; frames refer to them by index."""

    def __init__(self):
        self.room, self.uris = FRAMES, {}
        self.asked = self.given = 0

    def add(self, frame):
        """Return whether there is room for a frame; then its pictures have an index in place of their URI."""
        self.asked += 1
        new = {picture['uri'] for picture in frame['pictures']} - self.uris.keys()
        self.room -= sum(map(len, new))
        if self.room < 0:
            self.room = 0  # the first frames, and no smaller ones after them
            return False
        for picture in frame['pictures']:
            picture['image'] = self.uris.setdefault(picture.pop('uri'), len(self.uris))
        self.given += 1
        return True

    def note(self):
        """Return a list with a sentence about frames that are left out, or none."""
        return [] if self.given == self.asked else [
            f'This page has the first {self.given} of {self.asked} frames, and stays below 5 MB so; examples.json has '
            'all.']


def limit_confusions(lines):
    """Take from the lines of a page the confusions after the first ones that fit; return the sentence that says so."""
    cells = [cell for line in lines for cell in line['cells'] if cell.get('confusion')]
    room, given = CONFUSIONS, 0
    for cell in cells:
        room -= len(json.dumps(cell['confusion'], separators=(',', ':')))
        given += room >= 0
        if room < 0:
            cell['confusion'] = None
    return [] if given == len(cells) else [
        f'This page has the confusion of classes for the first {given} of {len(cells)} numbers, and stays below 5 MB '
        'so; matrix.json has all.']
