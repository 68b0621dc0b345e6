"""What numbers say, in two sentences, and what they are worth."""
import pandas as pd

from ..evaluation.classification.robustness import RobustnessRow
from ..evaluation.classification.test_sets import TITLES, is_error
from ..evaluation.results import BASELINE, CONTROL, MEASURED, NAMES
from ..evaluation.segmentation.matrix import UNSEEN


def matrix_findings(matrix):
    """Return two sentences about a `CrossDomainMatrix`; none where no method has a baseline to compare with.

    The first has the range of gains in the mean over unseen domains, the second says how far to trust them.
    """
    frame = matrix.frame()
    frame = frame[frame.origin == MEASURED]
    methods = frame[~frame.method.isin([BASELINE, CONTROL]) & frame[f'vs {BASELINE}'].notna()]
    if methods.empty:
        return []
    gains = methods.groupby(['source', 'label'], sort=False)[f'vs {BASELINE}'].mean()
    (source, label), best = gains.idxmax(), gains.max()
    score = methods[(methods.source == source) & (methods.label == label)][UNSEEN].mean()
    first = (f'On unseen domains {(gains > 0).sum()} of {len(gains)} methods, counted per source, score higher than '
             f'their baseline; the largest gain is that of {matrix.names()[label]}, trained on {source}: from '
             f'{score - best:.1f} to {score:.1f} mIoU')
    control = frame[(frame.source == source) & (frame.method == CONTROL)][UNSEEN].mean()
    first += '.' if pd.isna(control) else f', where the control has {control:.1f}.'
    spread = 'on mini-SYNTHIA such a mean deviates by 0.3 to 0.5 points from seed to seed'
    return [first, worth(methods, [f'vs {BASELINE}'], spread)]


def robustness_findings(robustness):
    """Return two sentences about a `Robustness`, its largest gain and loss; none where there is no baseline.

    An error that becomes less is a gain.

    Args:
        robustness (Robustness): all rows.
    """
    frame = robustness.frame(RobustnessRow.summary)
    gains = robustness.gains(frame, BASELINE)
    gains[[name for name in gains if is_error(name)]] *= -1
    methods = frame[NAMES].join(gains)[~frame.method.isin([BASELINE, CONTROL])]
    changes = methods.groupby('label', sort=False)[list(gains)].mean().stack().dropna()
    if changes.empty:
        return []
    (gainer, gained), (loser, lost), most, least = changes.idxmax(), changes.idxmin(), changes.max(), changes.min()
    names = robustness.names()
    if least < 0 < most:
        first = (f'Against the baseline the largest gain is that of {names[gainer]} on {TITLES.get(gained, gained)} '
                 f'({most:+.1f} points), and the largest loss that of {names[loser]} on {TITLES.get(lost, lost)} '
                 f'({least:+.1f}).')
    else:
        first = f'Against the baseline all changes of all methods lie between {least:+.1f} and {most:+.1f} points.'
    spread = 'on the digits an accuracy deviates by 0.3 to 9 points from seed to seed'
    return [first, worth(methods, list({gained, lost}), spread)]


def worth(methods, columns, spread):
    """Return the sentence about seeds: over how many a method was compared, and how much its gains vary over them."""
    groups = methods.groupby(['source', 'label'])[columns]
    seeds, deviation = groups.count().stack(), groups.std().max(axis=None)
    seeds = seeds[seeds > 0]
    if seeds.min() == 1 or pd.isna(deviation):
        who = 'Each was' if seeds.max() == 1 else 'Some were'
        return f'{who} compared over one seed, which cannot tell a gain from chance: {spread}.'
    return (f'Each was compared over at least {seeds.min()} seeds, and no such gain deviates by more than '
            f'{deviation:.1f} points between them.')
