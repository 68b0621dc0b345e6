"""Training through the paper's frame, any perturbation, for any mmseg segmentor or mmpretrain classifier."""
import inspect
from collections.abc import Callable
from contextlib import ExitStack
from difflib import get_close_matches
from functools import partial
from typing import Any

import torch
from mmengine.dist import all_gather_object, get_rank, get_world_size
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapperDict
from mmengine.registry import HOOKS

from ..adversarial import NORM_CHOICES, AdversarialTraining, nearest_branch
from ..adversarial.attack import Attack
from ..errors import UserError
from ..network.dual_norm import plain_state_dict, reset_auxiliary_norms
from ..network.feature_maps import check_channel_dim
from ..network.input_split import InputSplit
from ..network.memory_format import in_either_layout
from ..network.patched_forward import overridden
from ..network.split import Split
from ..runtime.compat.heads import without_accuracy
from ..runtime.compat.runner import is_resuming, optimizers, rewrap, unwrapped
from ..runtime.resuming import resume_own_run
from .asa_hook import ASAHook
from .attach import (
    black_image_run,
    build_perturbation,
    changes_losses,
    layer_path,
    refuse_averages,
    refuse_own_train_step,
    warn_of_random_prefix,
)
from .frozen_prefix_hook import FrozenPrefixHook
from .perturbation_hook import PerturbationHook

ONE_PASS = (ASAHook, PerturbationHook)
SET_BY_HOOKS = ('model', 'split', 'perturbations', 'attack', 'later', 'layer', 'trace')  # arguments of their frames


@HOOKS.register_module()
class AdversarialHook(Hook):
    """Adds the loss under a perturbation to every training step, and runs the asked norms in validation and test.

    The model gets its auxiliary norms in `before_run`: after the Runner has built the optimiser, and before it loads a
    checkpoint. They are added to the optimiser's parameter groups. The adversarial losses join the clean ones as
    `adv.*`, with what the perturbation has to say of its variables. As `loss` is the sum of all, a classifier's own
    becomes `clean.loss`.

    Each head's loss is in both passes. A head that reads the layer's output, or what comes of it, sees the perturbed
    one in the second. An auxiliary head that reads the frozen prefix sees the same feature in both. Its loss counts
    twice, through either set of its norms, and moves no delta. Halve its loss_weight to weigh it as before.

    Args:
        perturbation (dict): the class's import path as `type`, and its arguments.
        layer (str | list[str], optional): path of the module whose output is perturbed, or of several in the order in
            which they run. None takes that of the config's key `perturbed_layer`, or of a backbone that knows it
            (`AdvBNResNet`).
        num_steps, step_size: m and tau of the ascent; 0 steps are the perturbation's random draw.
        norm_branch: norms that validation and test run through: 'main' (as in the paper's Table 3), 'aux' or 'auto'.
            The last takes for each batch those that it is nearer to (see `nearest_branch`).
        clean_first: backpropagate the clean loss before the ascent: the same gradients, in about half the memory.
            None: where a single process trains with one optimiser, the prefix is frozen, whose graph both losses
            would need, and the losses are added up and given to the optimiser as mmengine does it.
        at_input: perturb the images that a module is given, instead of what it returns; `layer` is that module, or
            None for the backbone.
        channel_dim: where 4-d maps of a layer have their channels, see `Split`.
        options: further arguments of `AdversarialTraining`.

    Raises:
        UserError: if an argument is out of range or the layer cannot serve.

    Example:
        The paper's frame with random statistics in the place of the adversary's::

            custom_hooks = [dict(
                type='advbn_seg.hooks.AdversarialHook', layer='backbone.layer1', perturbation=dict(
                    type='advbn_seg.perturbations.normalization_perturbation.NormalizationPerturbation', std=0.75))]
    """

    priority = 'VERY_HIGH'  # hooks that copy the model (EMA) must find it with its auxiliary norms
    frame = AdversarialTraining
    checkpoint_key = 'advbn'  # of its state in checkpoints
    trains_a_method = True
    norm_branches = True  # a config with this hook can be scored through either set of norms, unless auxiliary=False

    def __init__(self, perturbation: dict | None = None, layer: str | list[str] | None = None, num_steps: int = 0,
                 step_size: float = 0.2, norm_branch: str = 'main', clean_first: bool | None = None,
                 at_input: bool = False, channel_dim: int | None = None, **options: Any):
        if norm_branch not in NORM_CHOICES:
            raise UserError(f"norm_branch must be 'main', 'aux' or 'auto', found {norm_branch!r}")
        if norm_branch != 'main' and not options.get('auxiliary', True):
            raise UserError(f'norm_branch={norm_branch!r} needs the auxiliary norms that auxiliary=False leaves out')
        check_options(type(self), options)
        check_channel_dim(channel_dim)
        if at_input and channel_dim is not None:
            raise UserError('channel_dim says where the maps of a layer have their channels, and at_input perturbs '
                            'images: leave one of them out')
        self.perturbation = perturbation
        self.layer = layer
        self.norm_branch = norm_branch
        self.clean_first = clean_first
        self.at_input = at_input
        self.channel_dim = channel_dim
        self.num_steps = num_steps
        self.step_size = step_size
        self.options = options
        self.training: AdversarialTraining | None = None
        self._replaced, self._inference = ExitStack(), ExitStack()  # the model's forward in training, its norms after
        self._choices = None
        self._has_stepped = False
        self._loaded = self._loaded_plain = False
        self._states: list[dict] = []

    @classmethod
    def arguments(cls) -> set[str]:
        """Return the names of all that it takes, with those that it passes on."""
        return {*inspect.signature(cls).parameters, *options_of(cls.frame)}

    def before_run(self, runner):
        if self.training is not None:
            return
        model = unwrapped(runner.model)
        if self.options.get('auxiliary', True):
            refuse_averages(runner, model)
        self.training = self._attach(runner, model)
        self.training.channels_last = True
        for optimizer in optimizers(runner):
            self.training.add_auxiliary_norms_to(optimizer)
        if self.norm_branch == 'auto':
            with nearest_branch(model):  # which refuses what has no running statistics to choose by
                pass
        rewrap(runner)
        resume_own_run(runner)
        runner.logger.info(repr(self.training))

    def _attach(self, runner, model) -> AdversarialTraining:
        layers = (self.layer or 'backbone') if self.at_input else layer_path(runner, self.layer)
        first, *later = [layers] if isinstance(layers, str) else layers
        split = (InputSplit(model, first) if self.at_input else
                 Split(model, first, black_image_run(model), self.channel_dim))
        return AdversarialTraining(model, split, [build_perturbation(self.perturbation) for _ in (first, *later)],
                                   Attack(self.num_steps, self.step_size), later=later, **self.options)

    def after_load_checkpoint(self, runner, checkpoint):
        self._loaded = True
        state = checkpoint.get('state_dict', checkpoint)
        self._loaded_plain = isinstance(state, dict) and plain_state_dict(state).keys() == state.keys()
        if is_resuming(runner) and self.checkpoint_key in checkpoint:
            state = checkpoint[self.checkpoint_key]
            try:
                self.training.load_state_dict(state['ranks'][get_rank()] if len(state.get('ranks', ())) > get_rank()
                                              else state)
            except (AttributeError, KeyError, TypeError) as error:
                raise UserError(f"the checkpoint's entry {self.checkpoint_key!r} is not the state of this method "
                                f'({error!r}): resume from another checkpoint, or start from its weights with load_from'
                                ) from error

    def checkpoint_form(self, runner):
        """Return the form of what must be there of this hook in a checkpoint; see `ResumeCheckHook`."""
        return dict(batches=0)

    def before_saving(self, runner):
        """Collect the state of all processes; where `SafeCheckpointHook` does not save, that of the first must do."""
        self._states = all_gather_object(self.training.state_dict())

    def before_save_checkpoint(self, runner, checkpoint):
        checkpoint[self.checkpoint_key] = dict(self.training.state_dict(), ranks=self._states[1:] and self._states)
        self._states = []

    def before_train(self, runner):
        for context in (self._inference, self._replaced):  # of a run that Ctrl-C or an error has ended
            context.close()
        self._loaded_plain = self._has_stepped = False
        model = unwrapped(runner.model)
        if others := [type(hook).__name__ for hook in runner.hooks if isinstance(hook, ONE_PASS)]:
            raise UserError(f'{others[0]} would perturb the clean pass of {type(self).__name__}, and not the other: '
                            'leave one of them out of custom_hooks')
        if self.options.get('train_prefix') and any(isinstance(hook, FrozenPrefixHook) for hook in runner.hooks):
            raise UserError(f'FrozenPrefixHook would freeze what train_prefix=True has {type(self).__name__} train: '
                            'leave one of them out of custom_hooks')
        if runner.iter == 0 and not self._loaded:
            reset_auxiliary_norms(model)  # init_cfg, which comes after before_run, may set the main norms only
            if self.training.freezes_prefix:
                warn_of_random_prefix(runner, self.training.layers[0], ', or train_prefix=True')
        first, several = self.clean_first, isinstance(runner.optim_wrapper, OptimWrapperDict)
        changed = changes_losses(model, runner.optim_wrapper)
        if first is None:
            first = self.training.freezes_prefix and get_world_size() == 1 and not several and not changed
        if first and several:
            raise UserError('clean_first (or fast, which sets it) needs a single optim_wrapper, found several '
                            f'({", ".join(runner.optim_wrapper.optim_wrappers)}): leave it out')
        if first and changed:
            raise UserError(f'clean_first (or fast, which sets it) backpropagates the clean loss before {changed} can '
                            'change it: set clean_first=False')
        backward = partial(_backward, runner.optim_wrapper) if first else None
        self._replaced.enter_context(overridden(model, partial(self._forward, model, model.forward, backward)))

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if not self._has_stepped:
            refuse_own_train_step(self, runner)

    def after_train(self, runner):
        self._replaced.close()

    def _forward(self, model, forward, backward, *args, **kwargs):
        def run():
            return forward(*args, **kwargs)

        def ascend():
            with without_accuracy():
                return run()

        if mode_of(forward, args, kwargs) != 'loss' or not model.training or not torch.is_grad_enabled():
            return in_either_layout(model, run)
        self._has_stepped = True
        clean, adversarial = self.training.losses(run, backward, ascend)
        if 'loss' in clean:  # mmengine logs the sum of all by this name
            clean['clean.loss'] = clean.pop('loss')
        return {**clean, **{f'adv.{name}': value for name, value in {**adversarial, **self.training.summary()}.items()}}

    def before_val(self, runner):
        self._inference.close()  # of a run that Ctrl-C or an error has ended
        auto = self.norm_branch == 'auto'
        self._choices = self._inference.enter_context(
            nearest_branch(unwrapped(runner.model)) if auto else self.training.branch(self.norm_branch))

    def after_val(self, runner):
        self._inference.close()
        if self._choices:  # of 'auto'
            runner.message_hub.update_info('aux_share', self._choices['aux'] / self._choices.total())
            runner.logger.info(f'batches through each set of norms: {dict(self._choices)}')
        self._choices = None

    def before_test(self, runner):
        if self._loaded_plain and self.norm_branch != 'main':
            raise UserError(f"the checkpoint has no auxiliary norms for norm_branch={self.norm_branch!r}, as it was "
                            'exported or trained without them: give the one of the training, or take main')
        self.before_val(runner)

    after_test = after_val


def mode_of(forward: Callable, args: tuple, kwargs: dict) -> str:
    """Return the `mode` that the forward of a model is called with."""
    call = inspect.signature(forward).bind(*args, **kwargs)
    call.apply_defaults()
    return {**call.arguments, **call.kwargs}.get('mode', 'tensor')


def options_of(frame: type) -> list[str]:
    """Return the arguments of a frame that its hook passes on."""
    return [name for name in inspect.signature(frame).parameters if name not in SET_BY_HOOKS]


def check_options(hook: type, options: dict) -> None:
    """See that what a hook passes on is an argument of its class.

    Raises:
        UserError: naming the option and those that are like it.
    """
    known = options_of(hook.frame)
    for name in options:
        if name not in known:
            close = get_close_matches(name, sorted(hook.arguments()), n=3, cutoff=0.5) or known
            raise UserError(f'{hook.__name__} has no option {name!r}: write one of {", ".join(close)}, or leave it out')


def _backward(optim_wrapper, loss):
    """Add the gradients of a loss to those of the loss that the wrapper will be given in the same step."""
    loss = optim_wrapper.scale_loss(loss)
    scaler = getattr(optim_wrapper, 'loss_scaler', None)
    (loss if scaler is None else scaler.scale(loss)).backward()
