"""MoEx for any mmseg segmentor or mmpretrain classifier, from one line of its config."""
from contextlib import ExitStack

from mmengine.registry import HOOKS
from torch import Tensor

from ..errors import UserError
from ..runtime.compat.heads import mixed_losses
from ..runtime.compat.runner import unwrapped
from .attach import layer_paths
from .perturbation_hook import PerturbationHook


@HOOKS.register_module()
class MoExHook(PerturbationHook):
    """Swaps the moments of images at one layer, and mixes each head's loss for the labels of both images.

    loss = mixture * loss(labels) + (1 - mixture) * loss(labels of the image that gave the moments), of one forward
    pass (https://arxiv.org/abs/2002.11102). What a head returns beside losses, such as its accuracy, is for its own
    labels. Validation and test see none of it. For the coin see `PerturbationHook`.

    Args:
        layer: path of the module whose output is perturbed. None takes the first of the config's key `early_layers`,
            which is the stem, or else `perturbed_layer`.
        mixture: lambda, the weight of the own labels.
        probability: of a step to be perturbed.
        channel_dim: where 4-d maps have their channels, see `Insertion`.

    Raises:
        UserError: if an argument is out of range, there is no such layer, or no head that takes labels.

    Example:
        As its authors train a ResNet-50::

            custom_hooks = [dict(type='advbn_seg.hooks.MoExHook', layer='backbone.maxpool')]
    """

    def __init__(self, layer: str | None = None, mixture: float = 0.9, probability: float = 1,
                 channel_dim: int | None = None):
        if not isinstance(mixture, (int, float)) or not 0 <= mixture <= 1:
            raise UserError(f'mixture must be between 0 and 1, found {mixture!r}')
        if not isinstance(layer, str | None):
            raise UserError(f'MoExHook perturbs one layer, found {layer!r}: name one')
        super().__init__(dict(type='advbn_seg.perturbations.moment_exchange.MomentExchange'), layer, probability,
                         channel_dim)
        self.mixture = mixture
        self.partner: Tensor | None = None  # of each image in a perturbed step
        self._heads = ExitStack()

    def before_train(self, runner):
        self.layers = layer_paths(runner, self.layers)[:1]
        super().before_train(runner)
        # no bound method: a copy of the model, such as an average's, would copy this hook with it
        self.insertion.perturb = lambda maps: self._exchange(maps)
        self._heads.enter_context(mixed_losses(unwrapped(runner.model), self._mix))

    def _exchange(self, maps):
        self.partner, = self.perturbation.draw(maps)
        return self.perturbation.apply(maps, self.partner)

    def _mix(self, loss, samples):
        """Return the dict of losses of a head whose losses for the labels of some samples are `loss(samples)`."""
        if self.partner is None:
            return loss(samples)
        partner, self.partner = self.partner, None  # where a head takes the loss of another, they are mixed once
        own, other = loss(samples), loss([samples[index] for index in partner.tolist()])
        self.partner = partner
        return {name: self.mixture * value + (1 - self.mixture) * other[name] if 'loss' in name else value
                for name, value in own.items()}

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        super().after_train_iter(runner, batch_idx)
        self.partner = None

    def after_train(self, runner):
        super().after_train(runner)
        self._heads.close()
