"""mmseg's IoU with each class kept: one confusion matrix per image by a single bincount, summed exactly."""
from pathlib import Path

import torch
from mmcv import imread
from mmengine.dist import all_reduce
from mmengine.evaluator import BaseMetric

from ...errors import UserError


class DomainIoU(BaseMetric):
    """IoU of each class over a domain, equal to that of mmseg's `IoUMetric`.

    `evaluate` returns a dict with `images` (how many), `miou` (percent, mean over the classes that occur), `iou`,
    `confusion` and `per_image`. `iou` is a list, percent per class, None for a class in neither labels nor predictions.
    `confusion` holds the pixels that all of these are made of (see `confusion`); `per_image`, `areas` of each image in
    the order of the data set, (images, 3, C). Pixels are counted in integers, so neither batches nor ranks change a
    digit.

    Args:
        images (list[int]): which images of the data set this rank gets, in the order in which they come.
        ignore_index (int): label of the pixels that are left out.
    """

    default_prefix = ''  # none: mmengine warns where it is not set

    def __init__(self, images, ignore_index=255):
        super().__init__()
        self.images = images
        self.ignore_index = ignore_index

    def process(self, data_batch, data_samples):
        number = len(self.dataset_meta['classes'])
        counts = torch.stack([
            confusion(prediction.flatten(), label.flatten().to(prediction.device), number, self.ignore_index)
            for prediction, label in map(prediction_and_label, data_samples)])
        self.results.append((counts.sum(0), areas(counts)))

    def evaluate(self, size):
        """Return the metrics of a domain of `size` images, whichever rank has scored them."""
        number = len(self.dataset_meta['classes'])
        counts = torch.zeros(number + 1, number + 1, dtype=torch.long)
        per_image = torch.zeros(size, 3, number, dtype=torch.long)
        if self.results:
            batches, images = zip(*self.results)
            counts += sum(batches).cpu()
            per_image[self.images] = torch.cat(images).cpu()
        self.results.clear()
        all_reduce(counts)
        all_reduce(per_image)  # an image is zero on all ranks but one
        return dict(images=size, **self.compute_metrics(counts), per_image=per_image.numpy())

    def compute_metrics(self, counts):
        return {**scores(counts), 'confusion': counts.tolist()}


def prediction_and_label(sample):
    """Return both of a sample, (1, H, W) each.

    Raises:
        UserError: There is no label, or it is not of the image's own size.
    """
    prediction, label = (sample.get(name, {}).get('data') for name in ('pred_sem_seg', 'gt_sem_seg'))
    advice = 'have the test pipeline load them with LoadAnnotations, after Resize and before PackSegInputs'
    if label is None:
        raise UserError(f"{sample.get('img_path', 'an image')} has no label: {advice}")
    if label.ndim > 3 or label.ndim == 3 and len(label) > 1:
        raise UserError(f"{sample.get('seg_map_path', 'a label')} has several channels, as colours have: save the ids "
                        'of the classes in one channel, where a palette is fine')
    if label.shape != prediction.shape:
        refuse_other_size(sample)
        raise UserError(f"{sample.get('img_path', 'an image')} has a label of {tuple(label.shape[-2:])}, but its "
                        f'prediction is of {tuple(prediction.shape[-2:])}: {advice}')
    return prediction, label


def refuse_other_size(sample):
    """Raise UserError where the label's file, on this disk, is of another size than its image."""
    path, size = sample.get('seg_map_path', ''), tuple(sample.get('ori_shape', ()))
    found = imread(path, flag='unchanged').shape[:2] if Path(path).is_file() else size
    if found != size:
        turned = ' An EXIF tag may turn the image: then save it turned.' if found == size[::-1] else ''
        raise UserError(f'the label {path} is of {found}, but its image {sample.get("img_path")} is of {size}, height '
                        f'and width: give it a label of its own size.{turned}')


def scores(counts):
    """Return dict(miou, iou) of counts from `confusion`, in percent; see `DomainIoU`."""
    intersection, predicted, labelled = areas(counts).double()
    union = predicted + labelled - intersection
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


def areas(confusion):
    """Return the pixels of each class by intersection, predicted and labelled area, (..., 3, C).

    IoU is the first divided by the sum of the others less the first.

    Args:
        confusion: from `confusion`, (..., C + 1, C + 1).
    """
    return torch.stack([confusion.diagonal(dim1=-2, dim2=-1)[..., :-1], confusion[..., :-1].sum(-2),
                        confusion[..., :-1, :].sum(-1)], -2)
