"""What each method gains over the control as a picture: sources and their mean, with intervals."""
import numpy as np
from matplotlib.figure import Figure

from ..evaluation.segmentation.gains import GROUPS, IN_DOMAIN, MEAN, OTHER, SAME, UNSEEN
from .escape import picture

SPREAD = 0.55  # of a method's height, between the first and the last source
INCHES = dict(panel=2.7, letter=0.075, margin=1.1, method=0.2, source=0.07)


def forest(gains, names):
    """Return the figure of `Gains`: a row for each method, the most unseen gain on top, a panel for each of `GROUPS`.

    Args:
        gains (Gains): of which the mean of sources counts for the order, if there is one.
        names (dict): what readers call each label, {label: name}.
    """
    frame = gains.frame.drop(index=gains.reference, level='label')
    sources = list(frame.index.unique('source'))
    order = frame[f'{UNSEEN} gain'].groupby('label', sort=False).last().sort_values(na_position='first').index
    labels, groups = [picture(names.get(label, label)) for label in order], panels(frame)
    figure = Figure(figsize=size(groups, sources, labels), dpi=110, layout='constrained')
    for axes, group in zip(figure.subplots(1, len(groups), sharey=True, squeeze=False).flat, groups):
        for index, source in enumerate(sources):
            place = np.arange(len(order)) + SPREAD * (index - (len(sources) - 1) / 2) / len(sources)
            gain, low, high = (frame.loc[source][f'{group} {what}'].reindex(order) for what in ('gain', 'low', 'high'))
            mark, colour, stroke, opacity = ('D', 'black', 1.8, 1) if source == MEAN else ('o', f'C{index}', 1, 0.8)
            axes.hlines(place, low, high, color=colour, lw=stroke, alpha=opacity)
            axes.plot(gain, place, mark, color=colour, ms=4, alpha=opacity, label=picture(source))
        axes.axvline(0, color='0.5', lw=0.8)
        axes.grid(axis='x', alpha=0.3)
        axes.spines[['top', 'right', 'left']].set_visible(False)
        axes.tick_params(axis='y', length=0)
        axes.set_title(group, fontsize=10)
    figure.axes[0].set(yticks=range(len(order)), yticklabels=labels, ylim=(-0.6, len(order) - 0.4))
    figure.supxlabel(f'gain over {picture(names.get(gains.reference, gains.reference))}, points of mIoU', fontsize=9)
    entry = 0.5 + INCHES['letter'] * max(map(len, sources))  # inches, of the legend
    columns = max(1, int(figure.get_figwidth() / entry))
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc='outside upper right', ncols=columns,
                  frameon=False, fontsize=8)
    return figure


def size(groups, sources, labels):
    """Return width and height of the figure in inches."""
    return (INCHES['panel'] * len(groups) + INCHES['letter'] * max(map(len, labels)),
            INCHES['margin'] + len(labels) * (INCHES['method'] + INCHES['source'] * len(sources)))


def panels(frame):
    """Return the groups that have numbers of their own, unseen at least; scenes where a source has both kinds."""
    known = {group: frame[f'{group} gain'].notna() for group in GROUPS}
    apart = (known[SAME] & known[OTHER]).any()
    return [group for group in (UNSEEN, SAME, OTHER, IN_DOMAIN)
            if group == UNSEEN or known[group].any() and (apart or group not in (SAME, OTHER))]
