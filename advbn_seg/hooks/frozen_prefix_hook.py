"""The control of an AdvBN experiment: the same fine-tuning without the adversary."""
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ..adversarial import FrozenModules, Split
from ..runtime.compat.runner import rewrap, unwrapped
from ..runtime.resuming import resume_own_run
from .attach import black_image_run, layer_path, warn_of_random_prefix


@HOOKS.register_module()
class FrozenPrefixHook(Hook):
    """Freezes what `AdvBNHook` would freeze, and does nothing else.

        custom_hooks = [dict(type='advbn_seg.hooks.FrozenPrefixHook', layer='backbone.layer1')]

    Args:
        layer: path of the last module to freeze, or of several the first; None for that of the config's key
            `perturbed_layer`, or of a backbone that knows it (`AdvBNResNet`).
    """

    priority = 'VERY_HIGH'
    trains_a_method = True

    def __init__(self, layer=None):
        self.layer = layer
        self.frozen = self.first = None
        self._loaded = False

    def before_run(self, runner):
        if self.frozen is None:
            model = unwrapped(runner.model)
            layers = layer_path(runner, self.layer)
            self.first = layers if isinstance(layers, str) else layers[0]
            self.frozen = FrozenModules(Split(model, self.first, black_image_run(model)).prefix)
            rewrap(runner)
            resume_own_run(runner)

    def after_load_checkpoint(self, runner, checkpoint):
        self._loaded = True

    def before_train(self, runner):
        if runner.iter == 0 and not self._loaded:
            warn_of_random_prefix(runner, self.first)
