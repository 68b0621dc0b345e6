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
    first = (f'On unseen domains {(gains > 0).sum()} of {len(gains)} methods score higher than their baseline; the '
             f'largest gain has {label}, trained on {source}: from {reference:.1f} to {reference + best:.1f} mIoU')
    control = methods.loc[(methods.source == source) & (methods.label == label), f'vs {CONTROL}'].mean()
    first += '.' if pd.isna(control) else f', of which {control:+.1f} are over the control.'
    return [first, worth(methods)]


def worth(methods):
    """The sentence about seeds: how often a method was trained, and how much its gain moves with the seed."""
    groups = methods.groupby(['source', 'label'])[f'vs {BASELINE}']
    seeds, spread = groups.size().min(), groups.std().max()
    if seeds == 1 or pd.isna(spread):
        return ('Each method was trained with one seed: differences of less than about one point may be chance, and '
                'three seeds tell.')
    return (f'Each was trained with at least {seeds} seeds, and no gain deviates by more than {spread:.1f} points '
            'between them.')
