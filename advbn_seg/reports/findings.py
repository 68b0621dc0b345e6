"""What the numbers of a matrix say, in two sentences, and what they are worth."""
import pandas as pd

from ..evaluation.results import BASELINE, CONTROL, MEASURED
from ..evaluation.segmentation.matrix import UNSEEN


def findings(matrix):
    """Two sentences about a `CrossDomainMatrix`; none where no method can be compared with its baseline.

    The first has the range of gains in the mean over unseen domains, the second says how far to trust them.
    """
    frame = matrix.frame()
    frame = frame[frame.origin == MEASURED]
    methods = frame[~frame.method.isin([BASELINE, CONTROL]) & frame[f'vs {BASELINE}'].notna()]
    if methods.empty:
        return []
    gains = methods.groupby(['source', 'label'], sort=False)[f'vs {BASELINE}'].mean()
    (source, label), best = gains.idxmax(), gains.max()
    reference = frame[(frame.source == source) & (frame.method == BASELINE)][UNSEEN].mean()
    first = (f'On unseen domains {(gains > 0).sum()} of {len(gains)} methods, counted per source, score higher than '
             f'their baseline; the largest gain is that of {label}, trained on {source}: from {reference:.1f} to '
             f'{reference + best:.1f} mIoU')
    control = frame[(frame.source == source) & (frame.method == CONTROL)][UNSEEN].mean()
    first += '.' if pd.isna(control) else f', where the control has {control:.1f}.'
    return [first, worth(methods)]


def worth(methods):
    """The sentence about seeds: how often a method was trained, and how much its gain moves with the seed."""
    groups = methods.groupby(['source', 'label'])[f'vs {BASELINE}']
    seeds, spread = groups.size().min(), groups.std().max()
    if seeds == 1 or pd.isna(spread):
        return ('Each was trained with one seed, which cannot tell a gain from chance: on mini-SYNTHIA such a mean '
                'deviates by 0.3 points from seed to seed.')
    return (f'Each was trained with at least {seeds} seeds, and no gain deviates by more than {spread:.1f} points '
            'between them.')
