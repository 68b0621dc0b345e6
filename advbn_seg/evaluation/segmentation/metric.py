"""mmseg's IoU with each class kept: one confusion matrix per batch by a single bincount, summed exactly."""
import torch
from mmengine.dist import all_reduce
from mmengine.evaluator import BaseMetric


class DomainIoU(BaseMetric):
    """IoU of each class over a domain, equal to that of mmseg's `IoUMetric`.

    `evaluate` returns a dict with `images` (how many), `miou` (percent, mean over the classes that occur), `iou` and
    `confusion`. `iou` is a list, percent per class, None for a class in neither labels nor predictions. `confusion`
    holds the pixels that all of these are made of (see `confusion`). Pixels are counted in integers, so neither batches
    nor ranks change a digit.

    Args:
        ignore_index (int): label of the pixels that are left out.
    """

    default_prefix = ''  # none: mmengine warns where it is not set

    def __init__(self, ignore_index=255):
        super().__init__()
        self.ignore_index = ignore_index

    def process(self, data_batch, data_samples):
        prediction = torch.cat([sample['pred_sem_seg']['data'].flatten() for sample in data_samples])
        label = torch.cat([sample['gt_sem_seg']['data'].flatten() for sample in data_samples]).to(prediction.device)
        self.results.append(confusion(prediction, label, len(self.dataset_meta['classes']), self.ignore_index))

    def evaluate(self, size):
        """Return the metrics of a domain of `size` images, whichever rank has scored them."""
        side = len(self.dataset_meta['classes']) + 1
        counts = sum((batch.cpu() for batch in self.results), torch.zeros(side, side, dtype=torch.long))
        self.results.clear()
        all_reduce(counts)
        return dict(images=size, **self.compute_metrics(counts))

    def compute_metrics(self, counts):
        return {**scores(counts), 'confusion': counts.tolist()}


def scores(counts):
    """Return dict(miou, iou) of counts from `confusion`, in percent; see `DomainIoU`."""
    counts = counts.double()
    intersection = counts.diagonal()[:-1]
    union = counts[:-1].sum(1) + counts[:, :-1].sum(0) - intersection
    iou = 100 * intersection / union  # 0 / 0 is NaN: an absent class
    rounded = [None if value != value else round(value, 4) for value in iou.tolist()]
    miou = iou.nanmean().item()
    return dict(miou=None if miou != miou else round(miou, 4), iou=rounded)


def confusion(prediction, label, num_classes, ignore_index):
    """Return the pixels by label (row) and prediction (column), (C + 1, C + 1).

    The last row and the last column count any other value.

    Args:
        prediction, label: class of each pixel, whole numbers of one shape (N,).
    """
    prediction, label = prediction.int(), label.int()
    column = torch.where((prediction >= 0) & (prediction < num_classes), prediction, num_classes)
    row = torch.where((label >= 0) & (label < num_classes), label, num_classes)
    row = row.masked_fill(label == ignore_index, num_classes + 1)  # a row to drop is quicker than a mask of pixels
    side = num_classes + 1
    return torch.bincount(row * side + column, minlength=(side + 1) * side).view(side + 1, side)[:-1]
