"""ASA, adversarial noise of learned sizes, for any mmseg segmentor or mmpretrain classifier."""
from mmengine.dist import all_gather_object
from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ..errors import UserError
from ..network.feature_maps import check_channel_dim
from ..network.insertion import Insertion, channels_of, check_probability
from ..perturbations.adversarial_style_augmentation import AdversarialStyleAugmentation
from ..perturbations.arguments import positive
from ..runtime.compat.runner import is_resuming, optimizers, unwrapped
from ..runtime.forms import Each
from .attach import black_image_run, layer_paths, refuse_own_train_step


@HOOKS.register_module()
class ASAHook(Hook):
    """Perturbs the features of some layers by noise whose size the net's own optimiser raises the loss by.

    Each layer has two scales a channel (see `AdversarialStyleAugmentation`). They join the optimiser's first parameter
    group, that of the model's first parameter, and lie in checkpoints under `asa`, beside the model. Each layer has a
    coin of its own, alike in all processes, seeded by the seed of the run and the step. Validation and test see none of
    it.

    Args:
        layers (str | list[str], optional): as of `PerturbationHook`.
        weight: on the reversed gradient.
        probability: of a layer to be perturbed in a step, half of them by the learned scales.
        channel_dim: where 4-d maps have their channels, see `Insertion`.

    Raises:
        UserError: if an argument is out of range, there is no such layer, or the run has another such hook.

    Example:
        Where its authors place it::

            custom_hooks = [dict(type='advbn_seg.hooks.ASAHook', layers=['backbone.layer1', 'backbone.layer2'])]
    """

    priority = 'VERY_HIGH'
    trains_a_method = True
    checkpoint_key = 'asa'

    def __init__(self, layers: str | list[str] | None = None, weight: float = 1., probability: float = 2 / 3,
                 channel_dim: int | None = None):
        positive('weight', weight)
        check_probability(probability)
        check_channel_dim(channel_dim)
        self.layers = layers
        self.weight = weight
        self.probability = probability
        self.channel_dim = channel_dim
        self.perturbations: dict[str, AdversarialStyleAugmentation] = {}
        self._insertions: list[Insertion] = []

    def before_run(self, runner):
        trained = optimizers(runner)
        if self.perturbations or not trained:
            return
        if sum(isinstance(hook, ASAHook) for hook in runner.hooks) > 1:
            raise UserError('custom_hooks has two ASAHook, whose scales would have one place in checkpoints: name the '
                            "layers in one, as in layers=['backbone.layer1', 'backbone.layer2']")
        model, layers = unwrapped(runner.model), layer_paths(runner, self.layers)
        channels = channels_of(model, layers, black_image_run(model), self.channel_dim or 1)
        first = trained[0].param_groups[0]['params']
        for name, number in zip(layers, channels):
            self.perturbations[name] = AdversarialStyleAugmentation(number, self.weight, first[0].device)
            first.append(self.perturbations[name].scales)
        runner.logger.info(f'{", ".join(map(repr, self.perturbations.values()))} in {100 * self.probability:.0f} % of '
                           f'the steps, after {", ".join(layers)}')

    def before_train(self, runner):
        self.after_train(runner)  # of a training that Ctrl-C or an error has ended
        self._seed = all_gather_object(runner.seed)[0]  # alike in all processes, also with diff_rank_seed
        self._insertions = [
            Insertion(unwrapped(runner.model), [name], perturbation, self.probability, channel_dim=self.channel_dim,
                      description=repr(perturbation)) for name, perturbation in self.perturbations.items()]

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        for index, insertion in enumerate(self._insertions):
            insertion.seed(hash((self._seed, runner.iter, index)))
            insertion.perturb.seed(hash((self._seed, runner.iter, index, 1)))

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if not all(insertion.has_seen_a_step for insertion in self._insertions):
            refuse_own_train_step(self, runner)

    def after_train(self, runner):
        for insertion in self._insertions:
            insertion.remove()

    def checkpoint_form(self, runner):
        """Return the form of what must be there of this hook in a checkpoint; see `ResumeCheckHook`."""
        return {name: dict(scales=each.scales, gradients=Each(each.scales), started=True)
                for name, each in self.perturbations.items()}

    def before_save_checkpoint(self, runner, checkpoint):
        checkpoint[self.checkpoint_key] = {name: each.state_dict() for name, each in self.perturbations.items()}

    def after_load_checkpoint(self, runner, checkpoint):
        if is_resuming(runner) and self.checkpoint_key in checkpoint:
            for name, perturbation in self.perturbations.items():
                perturbation.load_state_dict(checkpoint[self.checkpoint_key][name])
