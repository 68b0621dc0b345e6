"""The feature divergence of the runs as a part of the page, where its JSON lies beside the page."""
import base64
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from ..errors import UserError
from ..evaluation.divergence import FeatureDivergence
from ..evaluation.results_files import results_in
from .divergence import draw_divergence
from .gain_by_divergence import gain_points, scatter

BLOCKS = ('How far the features of each domain are from those of the source, block by block after {}: the symmetric KL '
          'divergence of one Gaussian a channel, the mean over channels (Eq. 4). 0 is none.')
GAINS = ('The gain over the baseline on each domain, by the divergence that the baseline has there, and by what became '
         'of that divergence: left of 1 it is less.')


def page_divergence(folder):
    """Return the pictures to show, dicts of text and uri.

    There are none where the folder has no feature_divergence.json, or one of trainings that have other weights by now.

    Raises:
        UserError: The file holds something else.
    """
    path = Path(folder) / FeatureDivergence.file
    if not path.exists():
        return []
    divergence, results = FeatureDivergence.load(path), results_in(folder)
    weights = {place: row.sha256 for row in (results.rows if results else ())
               for place in (row.place, str(Path(row.place).parent))}  # the second: of a checkpoint in a work dir
    if not divergence.rows or any(weights.get(row.place, row.sha256) != row.sha256 for row in divergence.rows):
        return []
    pictures = [shown(draw_divergence(divergence), BLOCKS.format(divergence.after))]
    with suppress(UserError):  # of a gain_points that finds the results of other runs
        if results:
            pictures.append(shown(scatter(gain_points(divergence, results)), GAINS))
    return pictures


def shown(figure, text):
    """Return a figure as a PNG in a data URI."""
    file = BytesIO()
    figure.savefig(file)
    return dict(text=text, uri=f'data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}')
