"""What each method gains over a reference, by source: paired by seed, with intervals where images were counted."""
import math
import warnings
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import UserError
from .. import significance
from ..results import BASELINE, CONTROL, MEASURED
from ..training_cost import Cost, training_cost
from . import image_counts
from .domains import scene_of
from .matrix import UNSEEN

MEAN = 'mean of sources'
GROUPS = IN_DOMAIN, _, SAME, OTHER = 'in-domain', UNSEEN, 'same scene', 'other scene'


@dataclass
class Gains:
    """What the methods of a matrix gain over one of them.

    Args:
        reference (str): the method that gains are over.
        resamples (int): of the bootstrap.
        frame (DataFrame): by (source, label), the last source is `MEAN`. It has `seeds` (how many pairs), `mIoU`
            in-domain, for each of `GROUPS` `GROUP gain`, `GROUP low` and `GROUP high` in points of mIoU, `p` and
            `p Holm` of the unseen gain, `clear` (whether that differs from zero, which needs several seeds), `time`
            over that of the reference, `step` over that of the baseline, and `rank` by the unseen gain. NaN is what is
            not known.
        dropped (list[str]): sentences about runs without a pair.
    """
    reference: str
    resamples: int
    frame: pd.DataFrame
    dropped: list[str]

    def interval(self, source, label, runs, reference=CONTROL, column=UNSEEN):
        """Return [low, high] of the gain of a label over a reference in the mean over unseen domains.

        None where it is not known, or where some of the label's `runs` have no pair and are not in it.
        """
        if (reference, column) != (self.reference, UNSEEN) or (source, label) not in self.frame.index:
            return None
        if self.frame.loc[(source, label), 'seeds'] != runs:
            return None
        ends = self.frame.loc[(source, label), [f'{UNSEEN} low', f'{UNSEEN} high']].tolist()
        return None if math.isnan(sum(ends)) else ends


def matrix_gains(matrix, folder=None, reference=CONTROL):
    """Return the `Gains` of a matrix over the main norms of a method, or None where nothing can be paired with it.

    Args:
        matrix (CrossDomainMatrix): whose baselines are left out, unless they are the reference.
        folder (str | Path, optional): where the counts of images lie; there are no intervals without.
        reference (str): the method.

    Raises:
        UserError: Counts are damaged or are not those of the matrix, and see `check_reference`.
    """
    check_reference(reference, {row.method for row in matrix.rows})
    pairs, dropped = paired(matrix, reference)
    if not any(label != reference for labels in pairs.values() for label in labels):
        if reference != CONTROL:  # which was asked for
            warnings.warn(' '.join([f'nothing can be held against {reference}.', *dropped]), stacklevel=2)
        return None
    resamples = significance.number_of_resamples(max(map(len, pairs.values())) - 1)
    scores = Scores(matrix, folder, reference, resamples)
    differences = {source: scores.differences(labels, number) for number, (source, labels) in enumerate(pairs.items())}
    tables = {source: table(differences[source], {label: scores.numbers(lines) for label, lines in labels.items()},
                            reference) for source, labels in pairs.items()}
    for each in tables.values():
        each['rank'] = each[f'{UNSEEN} gain'].rank(ascending=False)
    if len(tables) > 1 and set.intersection(*(set(each.index) for each in tables.values())):
        tables[MEAN] = mean_table(differences, tables, reference)
    return Gains(reference, resamples, pd.concat(tables, names=['source', 'label']), dropped)


def check_reference(reference, methods):
    """See that gains over a reference can be asked for; there may be none over the control.

    Raises:
        UserError: No run is of this method, and it is not the control.
    """
    if reference not in [*methods, CONTROL]:
        raise UserError(f'gains over {reference} were asked for, but there are only runs of '
                        f'{", ".join(sorted(methods))}; name one of these')


def table(differences, numbers, reference):
    """Return the lines of one source: its gains, tested together, and other numbers.

    Args:
        differences (dict): label -> group -> score of the gain.
        numbers (dict): label -> name -> number.
        reference (str): the method that is not tested.
    """
    lines = {}
    for label, groups in differences.items():
        lines[label] = {**numbers[label], 'p': significance.p_value(groups[UNSEEN])}
        for group, score in groups.items():
            low, high = significance.interval(score)
            lines[label] |= {f'{group} gain': score[0], f'{group} low': low, f'{group} high': high}
    frame = pd.DataFrame.from_dict(lines, orient='index')
    frame['p Holm'] = significance.holm(frame.p.mask(frame.index == reference))
    frame['clear'] = ((frame['p Holm'] < significance.LEVEL) & (frame[f'{UNSEEN} low'] * frame[f'{UNSEEN} high'] > 0)
                      & (frame.seeds > 1))
    return frame


def mean_table(differences, tables, reference):
    """Return the lines of the labels that all sources have, in the mean over sources; that of ranks, too."""
    first, *others = (each.index for each in tables.values())
    labels = [label for label in first if all(label in each for each in others)]
    means = {label: {group: np.mean([each[label][group] for each in differences.values()], 0) for group in GROUPS}
             for label in labels}
    numbers = {label: {'seeds': min(each.loc[label, 'seeds'] for each in tables.values()),
                       **{name: np.mean([each.loc[label, name] for each in tables.values()])
                          for name in ('mIoU', 'time', 'step', 'rank')}} for label in labels}
    return table(means, numbers, reference)


def paired(matrix, reference):
    """Return {source: {label: pairs}}, and sentences about what is dropped.

    Pairs are a list of (line, line of its reference, line of its baseline or None). A line without exactly
    one reference of its seed is dropped. The reference is paired with itself.
    """
    frame = matrix.ordered(matrix.frame())
    frame = frame[frame.origin == MEASURED]
    found, dropped = defaultdict(lambda: defaultdict(list)), []
    for _, line in frame[frame.source.isin(frame[frame.method == reference].source)].iterrows():
        if line.method == BASELINE != reference:
            continue
        own, plain = (frame[matrix.same_seed(frame, line, method)] for method in (reference, BASELINE))
        if len(own) == 1:
            label = reference if (line.run, line.branch) == (own.iloc[0].run, own.iloc[0].branch) else line.label
            found[line.source][label].append((line, own.iloc[0], plain.iloc[0] if len(plain) == 1 else None))
        else:
            dropped.append(f'{line.label} of {line.source} with seed {line.seed} is left out: {len(own)} runs of '
                           f'{reference} have this seed, and one was expected.')
    return found, dropped


class Scores:
    """The scores of each line of a matrix on each of `GROUPS`, see `significance`; what is not known is NaN."""

    def __init__(self, matrix, folder, reference, resamples):
        self.matrix, self.folder, self.reference, self.resamples = matrix, folder, reference, resamples
        self.rows = {(row.place, row.branch): row for row in matrix.rows}
        self.weights, self.known, self.costs = {}, {}, {}

    def differences(self, labels, source):
        """Return {label: {group: score of the mean gain over its pairs}} of one source, given its number among all."""
        found = {label: {} for label in labels}
        methods = [label for label in labels if label != self.reference]
        for group in GROUPS:
            pairs = [np.stack([self.of(line)[group] - self.of(own)[group] for line, own, _ in labels[label]])
                     for label in methods]
            for label, score in zip(methods, significance.over_seeds(pairs, source)):
                found[label][group] = score
            if self.reference in labels:
                known = [self.of(own)[group][0] for _, own, _ in labels[self.reference]]
                found[self.reference][group] = np.full(1 + self.resamples, 0 * np.mean(known))  # NaN of NaN
        return found

    def numbers(self, lines):
        """Return what a label has besides its gains, in the mean over its pairs."""
        costs = [(self.cost(line), self.cost(own), plain is not None and self.cost(plain))
                 for line, own, plain in lines]
        return {'seeds': len(lines), 'mIoU': np.mean([self.of(line)[IN_DOMAIN][0] for line, _, _ in lines]),
                'time': np.mean([cost.total / own.total for cost, own, _ in costs]),
                'step': np.mean([cost.step / plain.step if plain else np.nan for cost, _, plain in costs])}

    def of(self, line):
        """Return {group: score of one line}, the mean over the domains of the group."""
        key = line.run, line.branch
        if key not in self.known:
            row = self.rows[key]
            counts = image_counts.load(self.folder, row) if self.folder else {}
            domains = {target: self.on(row, target, counts.get(target)) for target in self.matrix.targets}
            self.known[key] = {group: np.mean([domains[target] for target in targets], 0) if targets else self.nothing()
                               for group, targets in grouped(self.matrix.targets, row.source).items()}
        return self.known[key]

    def on(self, row, target, counts):
        """Return the score of one cell: as measured, then on resampled images."""
        score = self.nothing()
        if counts is not None and len(counts):
            if target not in self.weights:
                self.weights[target] = significance.image_weights(len(counts), self.resamples,
                                                                  self.matrix.targets.index(target))
            if len(counts) == self.weights[target].shape[1]:
                score = significance.weighted_miou(counts, self.weights[target])
        cell = row.cells.get(target)
        score[0] = np.nan if not cell or cell['miou'] is None else cell['miou']
        return score

    def nothing(self):
        return np.full(1 + self.resamples, np.nan)

    def cost(self, line):
        if line.run not in self.costs:
            row = self.rows[line.run, line.branch]
            self.costs[line.run] = training_cost(row.run, row.checkpoint, row.sha256) if row.cells else Cost()
        return self.costs[line.run]


def grouped(targets, source):
    """Return the targets of each of `GROUPS` for what was trained on a source."""
    unseen = [target for target in targets if target != source]
    same = [target for target in unseen if scene_of(target) == scene_of(source)]
    return {IN_DOMAIN: [target for target in targets if target == source], UNSEEN: unseen, SAME: same,
            OTHER: [target for target in unseen if target not in same]}
