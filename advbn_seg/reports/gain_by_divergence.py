"""Does the gain on a domain follow the feature divergence? Points, correlations, and the scatter."""
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator

from ..errors import UserError
from ..evaluation.results import BASELINE, PAPER, Results
from .escape import picture
from .tables import Table, text

DECADE = 10
AXES = {'before': 'divergence of the baseline', 'change': "divergence over the baseline's"}


def gain_points(divergence, results):
    """Return one line for each run, branch and domain that has both a divergence and a gain over its baseline.

    Args:
        divergence (FeatureDivergence): of the runs, with their baselines.
        results (CrossDomainMatrix | Robustness): of the same checkpoints.

    Returns:
        DataFrame: source, label, method, branch, target; `before`, the divergence of the baseline with the same source
            and seed in the mean over blocks; `change`, that of the run over `before`; `gain` in points of mIoU or
            top-1 accuracy.

    Raises:
        UserError: There is no such line.
    """
    baselines = {(row.source, row.seed): row for row in divergence.rows if row.method == BASELINE}
    frame = Results.frame(results, lambda row: {name: cell.get('miou', cell.get('top1'))
                                                for name, cell in row.cells.items()})
    rows = [(row.sha256, row.branch) for row in results.rows if row.cells]
    gains = dict(zip(rows, results.gains(frame, BASELINE).to_dict('records')))
    branches = pd.Series([row.sha256 for row in divergence.rows]).value_counts()
    points, names = [], divergence.names()
    for label, row in zip(divergence.labels(), divergence.rows):
        baseline = baselines.get((row.source, row.seed))
        gain = gains.get((row.sha256, row.branch))
        if gain is None and branches[row.sha256] == 1:  # has no auxiliary norms: the paper's choice is the main ones
            gain = gains.get((row.sha256, PAPER))
        if not (baseline and gain) or row is baseline:
            continue
        for target in row.cells:
            before = baseline.mean([target])
            if before and pd.notna(gain.get(target)):
                points.append(dict(source=row.source, label=names[label], method=row.method, branch=row.branch,
                                   target=target, before=before, change=row.mean([target]) / before,
                                   gain=gain[target]))
    if not points:
        raise UserError('no run has both a feature divergence and a gain over its baseline: measure runs with their '
                        'baselines, of the same source and seed, and give the results of these checkpoints')
    return pd.DataFrame(points)


def correlations(points):
    """Return a `Table`: Pearson's and Spearman's coefficients of the gain with the logarithm of either divergence."""
    lines = {}
    for label, group in [*points.groupby('label', sort=False), ('all', points)]:
        lines[label] = dict(n=str(len(group)))
        for axis, title in AXES.items():
            logarithm = np.log(group[axis])
            lines[label][f'{title}: Pearson'] = text(logarithm.corr(group.gain), form='{:+.2f}')
            lines[label]['Spearman' if axis == 'before' else 'Spearman '] = text(
                logarithm.rank().corr(group.gain.rank()), form='{:+.2f}')
    return Table(pd.DataFrame(lines.values(), index=lines).rename_axis('method'),
                 'Does the gain over the baseline on a domain follow its feature divergence?',
                 'Correlation of the gain with the logarithm of the divergence, in the mean over blocks. n counts the '
                 'domains of all sources and seeds; those of one source are not independent of each other.')


def scatter(points):
    """Return the figure of the gain on each domain over the baseline's divergence, and over the change of it."""
    figure = Figure(figsize=(9, 4.2), dpi=110, layout='constrained')
    methods = list(points.method.unique())
    for axes, (axis, title) in zip(figure.subplots(1, 2, sharey=True), AXES.items()):
        for (method, branch, label), group in points.groupby(['method', 'branch', 'label'], sort=False):
            index = methods.index(method)
            axes.scatter(group[axis], group.gain, s=24, marker='oxsv^+D*'[index % 8] if branch == 'main' else '1',
                         color=f'C{index}', alpha=0.85, label=picture(label))
        axes.axhline(0, color='0.5', lw=0.8)
        axes.set_xscale('log')
        if points[axis].max() < DECADE * points[axis].min():  # which a logarithmic locator would leave bare
            axes.xaxis.set(major_locator=MaxNLocator(7), major_formatter='{x:g}', minor_locator=NullLocator())
        axes.grid(alpha=0.3)
        axes.set_xlabel(f'{title}, mean over blocks')
    figure.axes[0].set_ylabel('gain over the baseline (points)')
    figure.axes[1].axvline(1, color='0.5', lw=0.8)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc='outside lower center', ncols=4, frameon=False)
    return figure
