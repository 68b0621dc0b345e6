"""Adversarial training on pixels for any mmseg segmentor or mmpretrain classifier, from one line of its config."""
from typing import Any

from mmengine.registry import HOOKS

from ..adversarial import AdvProp
from .adversarial_hook import AdversarialHook, check_options


@HOOKS.register_module()
class AdvPropHook(AdversarialHook):
    """Adds the loss on adversarial images, through auxiliary norms, to every training step.

    It is AdvProp (https://arxiv.org/abs/1911.09665) in a training from scratch, and PGD adversarial training with
    auxiliary norms in a fine-tuning. `adv.shift_pixels` is logged, the mean distance that the pixels moved.

    Args:
        num_steps, step_size, eps: of the attack; the latter in units of pixel values, of 255.
        module: path of the module that is given the images.
        norm_branch, clean_first: see `AdversarialHook`.
        options: further arguments of `AdvProp`: random_start, auxiliary, adversarial_statistics ...

    Raises:
        UserError: if an argument is out of range or there is no such module.

    Example:
        In any config of mmseg or mmpretrain::

            custom_hooks = [dict(type='advbn_seg.hooks.AdvPropHook', num_steps=5, step_size=1, eps=4)]
    """

    frame = AdvProp

    def __init__(self, num_steps: int = 1, step_size: float = 1, eps: float = 1, module: str = 'backbone',
                 norm_branch: str = 'main', clean_first: bool | None = None, **options: Any):
        check_options(type(self), options)
        super().__init__(None, module, num_steps, step_size, norm_branch, clean_first, eps=eps, **options)

    def _attach(self, runner, model):
        normalised = {name: getattr(model.data_preprocessor, name) for name in ('mean', 'std')
                      if hasattr(model.data_preprocessor, name)}
        return AdvProp(model, self.layer, self.num_steps, self.step_size, **{**normalised, **self.options})
