"""Random style perturbations for any mmseg segmentor or mmpretrain classifier, from one line of its config."""
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ..errors import UserError
from ..network.feature_maps import check_channel_dim
from ..network.insertion import Insertion, check_probability
from ..runtime.compat.runner import unwrapped
from .attach import build_perturbation, layer_paths, refuse_own_train_step


@HOOKS.register_module()
class PerturbationHook(Hook):
    """Perturbs the features of some layers in a share of the training steps; validation and test see none of it.

    One coin decides for all layers of a step, alike in all processes. The coin is seeded by the seed of the run and the
    step, so that a resumed run goes on as it would have.

    Args:
        perturbation (dict): the class's import path as `type`, and its arguments.
        layers (str | list[str], optional): paths of the modules whose output is perturbed. None takes those of the
            config's key `early_layers`, where most authors place their perturbations, or else for `perturbed_layer`.
        probability: of a step to be perturbed.
        channel_dim: where 4-d maps have their channels, see `Insertion`.

    Raises:
        UserError: if an argument is out of range, the perturbation needs another hook, or there is no such layer.

    Example:
        Normalization Perturbation where its authors place it::

            custom_hooks = [dict(
                type='advbn_seg.hooks.PerturbationHook', layers=['backbone.maxpool', 'backbone.layer1'],
                perturbation=dict(
                    type='advbn_seg.perturbations.normalization_perturbation.NormalizationPerturbation', std=0.75))]
    """

    priority = 'VERY_HIGH'
    trains_a_method = True

    def __init__(self, perturbation: dict, layers: str | list[str] | None = None, probability: float = 0.5,
                 channel_dim: int | None = None):
        check_probability(probability)
        check_channel_dim(channel_dim)
        self.perturbation = build_perturbation(perturbation)
        if self.perturbation.state_dict():
            raise UserError(f'{self.perturbation!r} decides things in the course of training, which PerturbationHook '
                            'does not keep: use AdversarialHook, or ASAHook for ASA')
        self.layers = layers
        self.probability = probability
        self.channel_dim = channel_dim
        self.insertion: Insertion | None = None

    def before_train(self, runner):
        self.after_train(runner)  # of a training that Ctrl-C or an error has ended
        layers = layer_paths(runner, self.layers)
        what = f'{self.perturbation!r} in {100 * self.probability:g} % of the steps'
        self._seed = all_gather_object(runner.seed)[0]  # alike in all processes, also with diff_rank_seed
        before = [hook for hook in runner.hooks if isinstance(hook, PerturbationHook)].index(self)
        self._place = (before,) if before else ()  # so that several hooks toss a coin each
        self.insertion = Insertion(unwrapped(runner.model), layers, self.perturbation, self.probability,
                                   channel_dim=self.channel_dim, description=what)
        runner.logger.info(f'{what}, after {", ".join(layers)}')

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        self.insertion.seed(hash((self._seed, runner.iter, *self._place)))

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if not self.insertion.has_seen_a_step:
            refuse_own_train_step(self, runner)

    def after_train(self, runner):
        if self.insertion is not None:
            self.insertion.remove()
