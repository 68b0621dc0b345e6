"""mmseg's IoU with each class kept: one confusion matrix per image by a single bincount, summed exactly."""
import torch
from mmengine.evaluator import BaseMetric


class DomainIoU(BaseMetric):
    """IoU of each class over a domain, equal to that of mmseg's `IoUMetric`.

    `evaluate` returns a dict with `images` (how many), `miou` (percent, mean over the classes that occur) and `iou`
    (a list, percent per class, None for a class in neither labels nor predictions).

    Args:
        ignore_index (int): label of the pixels that are left out.
    """

    default_prefix = ''  # none: mmengine warns where it is not set

    def __init__(self, ignore_index=255):
        super().__init__()
        self.ignore_index = ignore_index

    def process(self, data_batch, data_samples):
        num_classes = len(self.dataset_meta['classes'])
        for sample in data_samples:
            prediction = sample['pred_sem_seg']['data'].squeeze()  # (H, W)
            label = sample['gt_sem_seg']['data'].squeeze().to(prediction)  # (H, W)
            self.results.append(confusion(prediction, label, num_classes, self.ignore_index))

    def compute_metrics(self, results):
        counts = torch.stack(results).sum(0).double()  # (C + 1, C + 1), rows are labels
        intersection = counts.diagonal()[:-1]
        union = counts[:-1].sum(1) + counts[:, :-1].sum(0) - intersection
        iou = 100 * intersection / union  # 0 / 0 is NaN: an absent class
        rounded = [None if value != value else round(value, 4) for value in iou.tolist()]
        miou = iou.nanmean().item()
        return dict(images=len(results), miou=None if miou != miou else round(miou, 4), iou=rounded)


def confusion(prediction, label, num_classes, ignore_index):
    """Pixels by label (row) and prediction (column), (C + 1, C + 1) on the CPU; the last of each is any other value.

    Args:
        prediction, label: class of each pixel, integers of one shape.
    """
    scored = label != ignore_index
    pair = torch.stack([label[scored], prediction[scored]]).long()
    pair[(pair < 0) | (pair >= num_classes)] = num_classes
    side = num_classes + 1
    return torch.bincount(pair[0] * side + pair[1], minlength=side * side).view(side, side).cpu()
