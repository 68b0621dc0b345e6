"""ImageNet-C as a picture: error by severity, one small plot per corruption."""
from matplotlib.figure import Figure

from ..evaluation.classification import published as paper
from ..synthetic.corruptions import CORRUPTIONS, SEVERITIES
from .escape import picture

COLUMNS = 5


def draw_severities(robustness):
    """Return the figure of mean errors over seeds; the paper's AugMix rows are dashed where the classes are ImageNet's.

    Args:
        robustness (Robustness): with ImageNet-C in some row.
    """
    lines, names = {}, robustness.names()
    for label, row in zip(robustness.labels(), robustness.rows):
        if row.errors():
            lines.setdefault(label, []).append(row.errors())
    reference = paper.TABLE_5 if any(row.is_imagenet for row in robustness.rows) else {}
    figure = Figure(figsize=(11, 7), dpi=150, layout='constrained')
    grid = figure.subplots(len(CORRUPTIONS) // COLUMNS, COLUMNS, sharex=True, sharey=True)
    for axes, name in zip(grid.flat, CORRUPTIONS):
        for label, runs in lines.items():
            means = [sum(values) / len(runs) for values in zip(*(run[name] for run in runs))]
            axes.plot(SEVERITIES, means, marker='.', label=picture(names[label]))
        for shade, (method, errors) in zip(('0.6', '0.3'), reference.items()):
            axes.plot(SEVERITIES, errors[name], '--', color=shade, lw=1, label=f'{method} (published)')
        axes.set_title(name.replace('_', ' '), fontsize=10)
        axes.grid(alpha=0.3)
        axes.set_xticks(SEVERITIES)
    grid[-1, COLUMNS // 2].set_xlabel('severity')
    grid[len(grid) // 2, 0].set_ylabel('top-1 error (%)')
    figure.legend(*grid.flat[0].get_legend_handles_labels(), loc='outside lower center', ncols=4, frameon=False)
    return figure
