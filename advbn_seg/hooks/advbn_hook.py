"""AdvBN training for any mmseg segmentor or mmpretrain classifier, from one line of its config."""
from typing import Any

from mmengine.registry import HOOKS

from ..adversarial import AdvBN
from .adversarial_hook import AdversarialHook, check_options
from .attach import black_image_run, layer_path


@HOOKS.register_module()
class AdvBNHook(AdversarialHook):
    """Adds AdvBN's adversarial loss to every training step, and runs the asked norms in validation and test.

    `adv.shift_mean` and `adv.shift_std` are logged, the mean distance that the deltas moved from 1. For the rest see
    `AdversarialHook`.

    Args:
        layer (str | list[str], optional): path of the module after which AdvBN sits, or of several, or the config's
            key that says it. None takes the key `perturbed_layer`, or a backbone that knows it (`AdvBNResNet`).
        num_steps, step_size, eps: m, tau and epsilon of the attack.
        per_image: deltas for each image, instead of for the batch as in the paper.
        norm_branch, clean_first: see `AdversarialHook`.
        fast: see `AdvBN`; it sets clean_first, so that the gradient of the first step costs nothing.
        options: further arguments of `AdvBN`: auxiliary, adversarial_statistics, train_prefix, random_start, clamp,
            attack_every, subsample, ascent_precision, channel_dim.

    Raises:
        UserError: if an argument is out of range or the layer cannot serve.

    Example:
        In any config of mmseg or mmpretrain::

            custom_hooks = [dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')]
            load_from = 'the_baseline.pth'
    """

    frame = AdvBN

    def __init__(self, layer: str | list[str] | None = None, num_steps: int = 3, step_size: float = 0.2,
                 eps: float = 0.5, per_image: bool = False, norm_branch: str = 'main', clean_first: bool | None = None,
                 fast: bool = False, **options: Any):
        check_options(type(self), options)
        if fast and clean_first is None and not options.get('train_prefix'):  # whose graph is needed twice
            clean_first = True
        super().__init__(None, layer, num_steps, step_size, norm_branch, clean_first, eps=eps, per_image=per_image,
                         fast=fast, **options)

    def _attach(self, runner, model):
        return AdvBN(model, layer_path(runner, self.layer), self.num_steps, self.step_size,
                     trace=black_image_run(model), channel_dim=self.channel_dim, **self.options)
