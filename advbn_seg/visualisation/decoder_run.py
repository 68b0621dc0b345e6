"""What the tools that look through a decoder share: its run, the images that it is shown, the attack's flags."""
import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

from torch import nn
from torch.utils.data import Dataset

from ..errors import UserError
from ..evaluation.classification.test_sets import check_classes
from ..evaluation.loading import load_model, open_dataset
from ..evaluation.runs import Run, open_one_run
from ..models.feature_adversary import FeatureAdversary
from ..models.feature_autoencoder import FeatureAutoencoder


def open_decoder(args: argparse.Namespace) -> tuple[Run, FeatureAutoencoder]:
    """Return the run that `--decoder` names, and its model.

    Raises:
        UserError: where the run cannot be read, or its model has no decoder.
    """
    run, model = open_model([args.decoder], args.device)
    if not isinstance(model, FeatureAutoencoder):
        raise UserError(f'{run.name} trained {type(model).__name__}, but a FeatureAutoencoder was expected: train a '
                        'decoder first, such as advbn-seg train decoder/decoder_efficientnet-lite0')
    return run, model


def open_model(paths: list[str], device: str | None) -> tuple[Run, nn.Module]:
    """Return a run and its model, from a work dir, or from a config and a checkpoint.

    Raises:
        UserError: The paths are of several runs, or of one that cannot be read.
    """
    run = open_one_run(paths)
    return run, load_model(run.cfg, run.checkpoint, device=device).model


def open_images(run: Run, folder: str | Path | None, limit: int | None = None) -> Dataset:
    """Return labelled images, prepared as the run's test images are.

    Args:
        folder: of CLASS/IMAGE; None for the run's own test set.
        limit: how many of the images, at equal distances; all if not given.

    Raises:
        UserError: where there is none, a folder has not all classes, or it is given for a decoder of a segmentor.
    """
    config = dict(run.cfg.test_dataloader.dataset)
    if folder is not None:
        if run.cfg.get('default_scope') == 'mmseg':
            raise UserError(f"a folder of CLASS/IMAGE needs a decoder of a classifier's features, such as "
                            f'decoder/decoder_efficientnet-lite0; {run.name} is one of a segmentor')
        config = dict(type='mmpretrain.CustomDataset', data_root=str(folder), pipeline=config['pipeline'])
    dataset = open_dataset(run.cfg, 'to attack', config)
    if folder is not None:
        check_classes(run.cfg, [Path(folder)])
    count = min(limit or len(dataset), len(dataset))
    if count < len(dataset):
        dataset.get_subset_([index * len(dataset) // count for index in range(count)])
    return dataset


def open_attack(args: argparse.Namespace, autoencoder: FeatureAutoencoder) -> Callable[..., FeatureAdversary]:
    """Return `FeatureAdversary` with the flags' values; call it with `num_steps` and `per_image`.

    Raises:
        UserError: where a classifier is named for the route through the features, or is none.
    """
    classifier = None
    if args.route == 'image':
        classifier = open_model(args.classifier, args.device)[1] if args.classifier else autoencoder.encoder
        if isinstance(classifier, FeatureAutoencoder):
            raise UserError(f'--classifier {" ".join(args.classifier)} is a decoder and no classifier: give the config '
                            'and the checkpoint of a classifier')
    elif args.classifier:
        raise UserError(f'--classifier is for --route image, found --route {args.route}')
    return partial(FeatureAdversary, autoencoder, step_size=args.step_size, eps=args.eps, classifier=classifier)
