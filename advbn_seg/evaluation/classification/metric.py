"""mmpretrain's top-1 and top-5 accuracy, by counting: neither batches nor ranks change a digit."""
import torch
from mmengine.dist import all_reduce
from mmengine.evaluator import BaseMetric

from ...errors import UserError


class TopAccuracy(BaseMetric):
    """Accuracy over a set of images, equal to that of mmpretrain's `Accuracy`.

    `evaluate` returns a dict with `images` (how many), `top1` and `top5` (percent; of all classes where there are
    fewer than five).
    """

    default_prefix = ''  # none: mmengine warns where it is not set

    def process(self, data_batch, data_samples):
        sizes = sorted({tuple(image.shape[-2:]) for image in data_batch['inputs']})
        if len(sizes) > 1:
            raise UserError(f'images of one batch have several sizes, such as {sizes[0]} and {sizes[-1]}, and would be '
                            "padded to the largest: add Resize and CenterCrop to the config's test pipeline, or score "
                            'with --batch-size 1 into another --out')
        scores = torch.stack([sample['pred_score'] for sample in data_samples]).float().cpu()
        labels = torch.cat([sample['gt_label'] for sample in data_samples]).cpu()
        best, classes = scores.topk(min(5, scores.shape[1]))
        hits = (classes == labels[:, None]) & (best > 0)
        self.results.append(torch.stack([hits[:, 0].sum(), hits.sum()]))

    def evaluate(self, size):
        """Return the accuracies of a set of `size` images, whichever rank has scored them."""
        counts = sum(self.results, torch.zeros(2, dtype=torch.long))
        self.results.clear()
        all_reduce(counts)
        return dict(images=size, **self.compute_metrics(counts, size))

    def compute_metrics(self, counts, size):
        top1, top5 = (counts.float() * (100. / size)).tolist()
        return dict(top1=round(top1, 4), top5=round(top5, 4))
