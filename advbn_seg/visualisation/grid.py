"""Images under more and more steps of the attack, as in the paper's Figures 1 (f), 2, 3 and 7."""
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.dataset import pseudo_collate
from numpy import ndarray
from torch import Tensor
from torch.utils.data import Dataset

from ..models.feature_adversary import FeatureAdversary
from ..reports.figures import save_figure
from ..reports.sheets import draw_sheet

SHARED, OWN = 'deltas of\nthe batch', 'deltas of\neach image'
CAPTION = ('The features of a layer under the attack, decoded; m = 0 is the plain reconstruction. Losses: of the whole '
           'batch, under the deltas of the batch | under those of each image.')

Row = tuple[str, list[tuple[ndarray, str]]]


def draw_attack(path: str | Path, dataset: Dataset, attack: Callable[..., FeatureAdversary], num_steps: int = 6,
                count: int = 4, batch_size: int = 32) -> list[dict[str, Any]]:
    """Draw a row for the input and for each m from 0 to `num_steps`; return the losses that the attack reached.

    Args:
        path: the picture to write.
        dataset: labelled images; those at equal distances make up the batch, and the first of the batch are shown.
        attack: makes a `FeatureAdversary` of `num_steps` and `per_image`.
        count: images to show, once under the deltas of the batch and once under their own.

    Returns:
        dict(steps=m, batch=loss, per_image=loss) for each m.
    """
    size = min(batch_size, len(dataset))
    samples = [dataset[index * len(dataset) // size] for index in range(size)]
    rows: list[Row] = [('input', [(pixels(sample['inputs'].flip(0) / 255), '') for sample in samples[:count]] * 2)]
    losses = []
    for steps in range(num_steps + 1):
        both = [attack(num_steps=steps, per_image=own)(pseudo_collate(samples)) for own in (False, True)]
        losses.append(dict(steps=steps, batch=both[0].loss, per_image=both[1].loss))
        name = f'm = {steps}\nloss\n{both[0].loss:.2f} | {both[1].loss:.2f}'
        rows.append((name, [(pixels(image), '') for each in both for image in each.images[:count]]))
    titles = [title for title in (SHARED, OWN) for _ in samples[:count]]
    save_figure(path, draw_sheet(rows, titles, (), (), CAPTION, tile=1.2))
    return losses


def pixels(image: Tensor) -> ndarray:
    """Return (H, W, 3) of an image (3, H, W), both RGB from 0 to 1."""
    return image.permute(1, 2, 0).cpu().numpy()
