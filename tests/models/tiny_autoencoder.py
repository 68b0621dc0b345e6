"""An untrained autoencoder of a tiny classifier or segmentor, and a labelled batch for it."""
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from advbn_seg.models import FeatureAutoencoder
from tests import tiny
from tests.evaluation import tiny_sets


def autoencoder(task='classifier', **options):
    """After the first stage, at stride 2 or 4, of an encoder whose norms have seen other images."""
    torch.manual_seed(0)
    init_default_scope('mmpretrain' if task == 'classifier' else 'mmseg')
    encoder = tiny_sets.config().model if task == 'classifier' else tiny.segmentor()
    return FeatureAutoencoder(encoder, **{**dict(layer='backbone.layer1'), **options})


def batch(task='classifier', length=4):
    """A batch as mmengine's loaders collate it."""
    dataset = tiny.BrightAndDark(length) if task == 'classifier' else tiny.Stripes(length)
    return pseudo_collate([dataset[index] for index in range(length)])
