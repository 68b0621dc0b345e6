"""What each method gains over the control, with intervals, as a document."""
import pandas as pd

from ..evaluation.segmentation.gains import GROUPS, IN_DOMAIN, MEAN, OTHER, SAME, UNSEEN
from ..evaluation.significance import LEVEL
from .report import FORMATS, Document
from .tables import NOTHING, Table, named, text

GAIN_FILES = frozenset(f'gains.{suffix}' for suffix in FORMATS)


def gain_document(gains, names):
    """Return the `Document` of `Gains`: gains.csv, gains.md and gains.tex.

    Args:
        names (dict): what readers call each label, {label: name}.
    """
    return Document('gains', gains.frame.reset_index(), [gain_table(gains, names)])


def gain_table(gains, names):
    """Return the table of `Gains`: a line for each source and method, the mean of sources last."""
    cells = pd.DataFrame([line_of(line, label == gains.reference) for (_, label), line in gains.frame.iterrows()],
                         index=gains.frame.index, dtype=object)
    reference = names.get(gains.reference, gains.reference)
    return Table(named(cells, names), f'Gain over {reference}', note(gains, reference),
                 narrow=('seeds', 'unseen', 'rank'), all_in='gains.md')


def line_of(line, is_reference):
    """Return the cells of a line; the reference gains nothing over itself."""
    gain = {group: NOTHING if is_reference else gain_of(line, group) for group in (IN_DOMAIN, UNSEEN, SAME, OTHER)}
    return {'seeds': str(int(line.seeds)), 'in-domain mIoU': text(line.mIoU), **gain,
            'time': text(line.time), 'step': text(line.step),
            'rank': text(line['rank'], form='{:.3g}')}


def gain_of(line, group):
    """Return a gain with its interval and its star as text."""
    value, low, high = (line[f'{group} {what}'] for what in ('gain', 'low', 'high'))
    ends = '' if pd.isna(low) else f' ({low:+.1f} to {high:+.1f})'
    return text(value, form='{:+.1f}') + ends + (' *' if group == UNSEEN and line.clear else '')


def note(gains, reference):
    """Return what the numbers are and how they were made, and what was left out."""
    frame, over = gains.frame, f'over {reference}'
    tests = max(frame['p Holm'].groupby('source').count())
    sentences = [f'Gains in points of mIoU {over} (main norms) of the same seed, in the mean over the domains of a '
                 'kind; unseen domains of the same scene differ from the source in weather, light or time.']
    scored = frame.drop(index=gains.reference, level='label')
    scored = scored[scored[[f'{group} gain' for group in GROUPS]].notna().any(axis=1)]  # but what has diverged
    lows = scored[[f'{group} low' for group in GROUPS]]
    if lows.notna().any(axis=None):
        sentences.append(
            f'In parentheses: 95 % intervals of {gains.resamples} resamples of images, paired, and of seeds, whose '
            'deviations are pooled over the methods of a source.')
        if tests:
            sentences.append('A star: the interval of the unseen gain is clear of zero, and '
                             f'p < {LEVEL} after the correction of Holm (methods of a source: {tests}).')
        if scored.seeds.min() == 1:
            sentences.append('With one seed the interval is over images only and gets no star: it tells nothing of '
                             'another training.')
    elif len(scored):
        sentences.append('There are no intervals, as the images of these cells were not counted one by one; measure '
                         'the runs in another --out to have some.')
    averaged = ', averaged over sources' if MEAN in frame.index else ''
    sentences.append(f'Time: seconds of training, with those of the run it starts from, {over}. Step: seconds of an '
                     f'iteration over the baseline. Rank: by the unseen gain, with {reference} among '
                     f'them{averaged}.')
    return ' '.join([*sentences, *gains.dropped])
