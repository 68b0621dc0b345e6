"""Adversarial training on pixels for any mmseg segmentor or mmpretrain classifier, from one line of its config."""
from mmengine.registry import HOOKS

from ..adversarial import AdvProp
from .advbn_hook import AdvBNHook


@HOOKS.register_module()
class AdvPropHook(AdvBNHook):
    """Adds the loss on adversarial images, through auxiliary norms, to every training step.

        custom_hooks = [dict(type='advbn_seg.hooks.AdvPropHook', num_steps=5, step_size=1, eps=4)]

    It is AdvProp (https://arxiv.org/abs/1911.09665) in a training from scratch, and PGD adversarial training with
    auxiliary norms in a fine-tuning. `adv.delta` is logged, the mean distance that the pixels moved.

    Args:
        num_steps, step_size, eps: of the attack; the latter in units of pixel values, of 255.
        module: path of the module that is given the images.
        norm_branch: norms that validation and test run through: 'main', 'aux' or 'auto'.
        options: further arguments of `AdvProp`: random_start, auxiliary, adversarial_statistics ...

    Raises:
        UserError: if an argument is out of range or there is no such module.
    """

    method = AdvProp

    def __init__(self, num_steps=1, step_size=1, eps=1, module='backbone', norm_branch='main', **options):
        super().__init__(module, num_steps, step_size, eps, norm_branch, **options)

    def _attach(self, runner, model):
        normalised = {name: getattr(model.data_preprocessor, name) for name in ('mean', 'std')
                      if hasattr(model.data_preprocessor, name)}
        return self.method(model, self.layer, **normalised, **self.attack)
