"""Sheets of frames: image, truth and predictions side by side, with the colours of the classes under them."""
import base64
from pathlib import Path

import cv2
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from mmengine.hooks import Hook

from ..evaluation.results import BASELINE
from ..evaluation.segmentation.example_choice import RULE
from ..evaluation.segmentation.examples import IGNORED, default_palette
from .escape import picture
from .figures import save_figure

TILE = 2.2  # inches, the width of a picture
DPI = 110
BETTER, WORSE = (47, 124, 196), (217, 130, 43)  # blue and orange, which colour-blind readers tell apart


def draw_examples(examples, names):
    """Return the figure of one row for each target: image, truth, then baseline and method of each source.

    Args:
        examples (Examples): which frames.
        names (dict): what readers call each label; see `Results.names`.
    """
    sources = list(dict.fromkeys(each.source for frame in examples.frames for each in frame.predictions))
    columns = [(source, label) for source in sources for label in (BASELINE, examples.method)]
    titles = ['image', 'truth', *(f'{names[label]}\ntrained on {source}' for source, label in columns)]
    rows = [(frame.target, tiles(examples, frame, [frame.prediction(*each) for each in columns]))
            for frame in examples.frames]
    return draw_sheet(rows, titles, examples.classes, examples.palette, f'{RULE} Numbers: mIoU of the frame.')


def draw_changes(examples, names):
    """Return the figure of the largest gains and the largest losses of the method over the baseline."""
    rows = []
    for name, frames in (('gain', examples.gains), ('loss', examples.losses)):
        for frame in frames:
            before, after = frame.predictions
            label = f'{name} {after.miou - before.miou:+.1f}\n{frame.target}\ntrained on\n{before.source}'
            rows.append((label, [*tiles(examples, frame, frame.predictions),
                                 (changed(frame, before, after), '')]))
    titles = ['image', 'truth', names[BASELINE], names[examples.method], 'blue: mended, orange: spoilt']
    return draw_sheet(rows, titles, examples.classes, examples.palette,
                      f'The largest gains and the largest losses of {names[examples.method]} on unseen domains: no '
                      'sample of what is usual. Numbers: mIoU of the frame.')


def tiles(examples, frame, predictions):
    """Return [(picture, text), ...] of a row; None for a prediction that there is not."""
    return [(unpacked(frame.image)[..., ::-1], ''), (coloured(unpacked(frame.truth), examples.palette), ''),
            *(each and (coloured(unpacked(each.classes), examples.palette), f'{each.miou:.1f}')
              for each in predictions)]


def draw_sheet(rows, titles, classes, palette, caption='', tile=TILE):
    """Return the figure of pictures as a table.

    Args:
        rows (list): (name, [(picture, text) or None, ...]) of each row; pictures are (H, W, 3) RGB, whole
            numbers to 255 or floats to 1.
        titles (list[str]): one for each column.
        classes, palette: name and RGB of each class, for the legend.
        caption (str): one line under the legend.
        tile (float): width of a picture, inches.
    """
    height = tile * max(row[0][0].shape[0] / row[0][0].shape[1] for _, row in rows)
    width = len(titles) * tile + 1.2
    legend_columns = max(1, int(width / 1.35))
    below = 0.45 + 0.2 * -(-len(classes) // legend_columns)
    total = len(rows) * (height + 0.06) + 0.5 + below
    figure = Figure(figsize=(width, total), dpi=DPI)
    axes = figure.subplots(len(rows), len(titles), squeeze=False, gridspec_kw=dict(
        left=1.2 / width, right=0.995, top=1 - 0.5 / total, bottom=below / total, wspace=0.02,
        hspace=0.06 / height))
    for line, (name, row) in zip(axes, rows):
        line[0].annotate(picture_lines(name), (-0.04, 0.5), xycoords='axes fraction', ha='right', va='center',
                         fontsize=8)
        for each, cell in zip(line, row):
            each.set_axis_off()
            if cell:
                each.imshow(cell[0], interpolation='nearest')
                each.annotate(cell[1], (0.985, 0.04), xycoords='axes fraction', ha='right', fontsize=8, color='white',
                              bbox=dict(facecolor='black', alpha=0.65, pad=1.5, linewidth=0) if cell[1] else None)
    for each, title in zip(axes[0], titles):
        each.set_title(picture_lines(title), fontsize=8.5)
    patches = [Patch(facecolor=np.array(colour) / 255, edgecolor='grey', linewidth=0.5, label=picture(name))
               for name, colour in zip(classes, palette)]
    if patches:
        figure.legend(handles=patches, loc='upper center', bbox_to_anchor=(0.5, (below - 0.03) / total), fontsize=8,
                      ncols=min(legend_columns, len(classes)), frameon=False, handlelength=1.1, columnspacing=1.2)
    figure.text(0.5, 0.08 / total, picture(caption), ha='center', fontsize=7.5, color='dimgrey')
    return figure


def picture_lines(text):
    return '\n'.join(map(picture, text.split('\n')))


def unpacked(text):
    """Return the (H, W) class ids or the (H, W, 3) BGR of a picture in base64."""
    return cv2.imdecode(np.frombuffer(base64.b64decode(text), np.uint8), cv2.IMREAD_UNCHANGED)


def coloured(classes, palette):
    """Return the (H, W, 3) RGB of class ids; black where there is no class."""
    table = np.zeros((IGNORED + 1, 3), np.uint8)
    table[:len(palette)] = palette
    return table[classes]


def changed(frame, before, after):
    """Return the image in grey, (H, W, 3) RGB, with what `after` mends and what `after` spoils of `before`."""
    truth, old, new = (unpacked(each) for each in (frame.truth, before.classes, after.classes))
    grey = cv2.cvtColor(unpacked(frame.image), cv2.COLOR_BGR2GRAY)
    shown = np.repeat((grey // 2 + 96)[..., None], 3, axis=2).astype(np.uint8)
    valid = truth != IGNORED
    shown[valid & (old != truth) & (new == truth)] = BETTER
    shown[valid & (old == truth) & (new != truth)] = WORSE
    return shown


class SheetHook(Hook):
    """Write image | truth | prediction of each frame that a runner tests.

    Args:
        folder (str | Path): of the pictures, named like the frames' files.
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def after_test_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        meta = runner.test_dataloader.dataset.metainfo
        palette = meta.get('palette') or default_palette(len(meta['classes']))
        for sample in outputs:
            path = Path(sample.img_path)
            shown = [(cv2.imread(str(path))[..., ::-1], '')]
            names = ['image']
            for name, key in (('truth', 'gt_sem_seg'), ('prediction', 'pred_sem_seg')):
                if key in sample:
                    ids = sample.get(key).data[0].cpu().numpy()
                    shown.append((coloured(np.where(ids < len(palette), ids, IGNORED), palette), ''))
                    names.append(name)
            save_figure(self.folder / sheet_name(path),
                        draw_sheet([(path.stem, shown)], names, meta['classes'], palette))


def sheet_name(image):
    """Return the name of the sheet of an image, by its file and the four folders above it."""
    below = image.relative_to(image.anchor).parts  # its root is no part of a name
    return f'{"_".join(below[-5:-1])}_{image.stem}.png'
