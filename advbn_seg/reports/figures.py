"""Figures of matplotlib as files."""
from ..runtime.atomic_io import replacing


def shared_legend(figure):
    """Put one legend under all panels, with each label once, and hide panels in which nothing is drawn."""
    handles = {}
    for axes in figure.axes:
        handles |= {text: handle for handle, text in zip(*axes.get_legend_handles_labels())}
        if not axes.has_data():
            axes.set_axis_off()
    figure.legend(handles.values(), handles, loc='outside lower center', ncols=4, frameon=False, fontsize=9)


def save_figure(path, figure):
    """Write a picture in one step; the suffix of its path says the format."""
    with replacing(path) as temporary:
        figure.savefig(temporary)
