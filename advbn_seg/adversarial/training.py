"""Clean loss + adversarial loss (Eq. 3), for any perturbation, model and training loop."""
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import partial
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor, nn

from ..errors import UserError
from ..network.collectives import has_process_group, zero_of
from ..network.dual_norm import add_auxiliary_norms, dual_norms, is_norm, remove_auxiliary_norms, use_branch
from ..network.freeze import (
    FrozenModules,
    behaves_differently_in_training,
    buffers_put_back,
    eval_mode,
    without_gradients,
)
from ..network.input_split import InputSplit
from ..network.memory_format import in_either_layout, to_channels_last
from ..network.split import Split
from ..network.wrappers import eagerly, unwrapped
from ..perturbations.arguments import one_of
from ..perturbations.base import Maps, Perturbation
from .attack import LOSS_SCALE, Attack, Variables, no_loss_depends_on, subsampled
from .checks import (
    check_alone,
    check_attack,
    check_detached,
    check_gradients_stay,
    check_mode,
    check_replay,
    gradients_of,
    refused_main_norms,
    refused_subsample,
    warn_of_norms_of_ones_own,
)
from .losses import detached, total
from .optimizers import OptimizerCheck, add_auxiliary_parameters
from .places import Places
from .precision import FAST, PRECISIONS, autocast, dtype_of

Losses = Tensor | dict[str, Any]
Closure = Callable[[], Losses]

_attached: 'WeakSet[nn.Module]' = WeakSet()  # models that have an AdvBN


class AdversarialTraining:
    """Clean loss + loss under a perturbation, through auxiliary norms: the paper's frame for any perturbation.

    Args:
        model: any nn.Module.
        split: where the first perturbation sits: a `Split`, or an `InputSplit` for one of images.
        perturbations: what may change there, and in each of `later`; one object each.
        attack: finds the variables; see `Attack`.
        later: paths of further layers to perturb, which run after the first.
        auxiliary: give each norm after the split an auxiliary norm for the adversarial pass; False trains one set for
            both.
        adversarial_statistics: 'batch', as in the paper: the adversarial training pass is normalised by its own
            batch statistics. 'running': by the running statistics that the ascent was computed against. In an
            auxiliary norm these stay those it started with.
        train_prefix: train the prefix too, instead of freezing it.
        ascent_precision: of the ascent alone, by autocast: 'fp32', 'bf16', 'fp16', or 'fast' for bf16 where the
            hardware multiplies it; None: that of the training. An autocast inside of the closure or the model, such as
            Accelerate's, goes before it.

    Attributes:
        channels_last: whether the first step lays the convolutions' weights out channels-last for good, where the model
            can be run so. The hooks set it, as it is quicker. In a loop of one's own it is False.

    Raises:
        UserError: if an argument is out of range, or the model is attached already.
    """

    channels_last = False

    def __init__(self, model: nn.Module, split: Split | InputSplit, perturbations: Sequence[Perturbation],
                 attack: Attack, *, later: Sequence[str] = (), auxiliary: bool = True,
                 adversarial_statistics: str = 'batch', train_prefix: bool = False,
                 ascent_precision: str | None = None):
        one_of('ascent_precision', ascent_precision, (None, *PRECISIONS, FAST))
        one_of('adversarial_statistics', adversarial_statistics, ('batch', 'running'))
        for name, value in dict(auxiliary=auxiliary, train_prefix=train_prefix).items():
            one_of(name, value, (True, False))
        model = unwrapped(model)
        if model in _attached or dual_norms(model):
            raise UserError('the model has an AdvBN already: call remove() on it first; in a config, leave one of the '
                            'hooks out')
        self._places = Places(model, split, perturbations, later)
        check_attack(attack, perturbations, split)
        self.split = split
        self.layers = self._places.names
        self.perturbations = self._places.perturbations
        self.attack = attack
        self.auxiliary = auxiliary
        self.adversarial_statistics = adversarial_statistics
        self.ascent_precision = ascent_precision
        self._model = model
        norms = set(filter(is_norm, split.suffix)) if auxiliary else set()
        self._places.check_outside_of(norms)
        self._duals = add_auxiliary_norms(model, norms)
        self._places.look_up(model)
        self._frozen = None if train_prefix else FrozenModules(split.prefix)
        if auxiliary:
            warn_of_norms_of_ones_own(model, split.suffix)
        self._look_around()
        self._check_optimizer = OptimizerCheck(model)
        self._is_checked = False
        self._is_removed = False
        self._annotations = self._places.annotated(type(self).__name__)
        _attached.add(model)

    def _look_around(self) -> None:
        """Find what a step holds still; again in the first step, as modules and parameters may be others by then."""
        suffix, prefix = self.split.suffix, self.split.prefix
        self._suffix_parameters = [each for module in suffix for each in module.parameters(recurse=False)]
        self._norms = [module for module in suffix if is_norm(module)]
        self._mode_dependent = [  # of the prefix too: a closure may run the model several times
            module for module in self._model.modules() if behaves_differently_in_training(module)
            and (module in suffix or prefix.issuperset(module.modules()))]
        resting = set(self._mode_dependent)
        self._others = [module for module in self._model.modules() if module not in resting]  # may have a codebook

    @property
    def perturbation(self) -> Perturbation:
        """The perturbation at the first layer."""
        return self.perturbations[0]

    @property
    def freezes_prefix(self) -> bool:
        """Whether anything before the first layer is held still."""
        return self._frozen is not None and bool(self._frozen.modules)

    def __repr__(self) -> str:
        frozen = f'froze {len(self._frozen.modules)} modules' if self._frozen else 'froze nothing'
        norms = f'{len(self._duals)} auxiliary norms' if self.auxiliary else 'one set of norms'
        steps = f'{self.attack.num_steps} steps of {self.attack.step_size}' if self.attack.num_steps else 'no ascent'
        return (f'{type(self).__name__} at {", ".join(self.layers)}: {frozen}, {norms}, '
                f'{self.perturbation!r}, {steps}')

    def losses(self, closure: Closure, backward: Callable[[Tensor], Any] | None = None,
               ascent_closure: Closure | None = None) -> tuple[Losses, Losses]:
        """Return the clean and the adversarial loss of one batch.

        Args:
            closure: runs the model on the batch and returns its loss, a scalar tensor or a mmengine loss dict. It is
                called num_steps + 2 times at most; the prefix runs in the first call only. On the first batch a few
                more calls check that the model can be run so. Each call must see the same batch: augment and mix
                before it. Modules that the model does not hold (a head apart) get no auxiliary norms, and see each
                pass.
            backward: called with the clean loss before the ascent, so that its graph does not take memory any longer.
                It is for losses that end the graph, e.g. `torch.Tensor.backward`; call `zero_grad()` before.
            ascent_closure: called in the place of `closure` in the ascent, where it may leave out what is no loss.

        Returns:
            (clean, adversarial): what the closure returned for f and for f_adv, both differentiable; clean is detached
            where it went through `backward`. Backpropagate their sum in any case: DDP counts on all parameters.

        Raises:
            UserError: if the layer did not run or returned no feature map, and for what `checks` finds.
        """
        if not callable(closure):
            raise UserError(f'losses takes a function that runs the model, and was given a {type(closure).__name__}: '
                            'write lambda: before it')
        return eagerly(lambda: self._losses(closure, backward, ascent_closure or closure))

    def _losses(self, closure: Closure, backward: Callable[[Tensor], Any] | None,
                ascent_closure: Closure) -> tuple[Losses, Losses]:
        check_mode(self._model)
        self._check_optimizer()
        if self._is_removed:
            raise UserError(f'this {type(self).__name__} was removed from its model: make a new one')
        if not self._is_checked:  # by now weights are initialised, which draw in the order of memory
            check_alone(self._model)
            self._look_around()
            if self.channels_last and not has_process_group():  # FSDP refuses the layout, and DDP that it changes
                to_channels_last(self._model)
            check = partial(check_replay, self._model, self.split, ascent_closure)
            in_either_layout(self._model, check) if self.channels_last else check()
        try:
            clean, gradients = self._clean_pass(closure, backward)
            added = gradients_of(self._suffix_parameters) if backward is not None else []
            adversarial = self._adversarial_losses(closure, ascent_closure, gradients)
            self._is_checked = True
            check_gradients_stay(adversarial, added)
            return clean, adversarial
        finally:
            self._places.forget()

    def _clean_pass(self, closure: Closure, backward: Callable[[Tensor], Any] | None) -> tuple[Losses, list[Maps]]:
        """Return the clean losses, and their gradients with respect to the maps of each layer, for a free step."""
        gradients = self._places.gradients() if self.attack.free_step else None
        with ExitStack() as stack:
            stack.enter_context(use_branch(self._model, 'main'))
            stack.enter_context(self._places.recorded(detach=self._frozen is not None))
            if gradients:
                stack.enter_context(gradients.watch())
            clean = closure()
        if gradients and not self.attack.is_due(self.perturbations, self._places.maps):
            gradients = None
        if backward is not None:
            check_detached(self.split.features)
            backward(total(clean) + zero_of(norm.aux for norm in self._duals))
        elif gradients:
            gradients.compute(total(clean) * LOSS_SCALE)
        found = gradients.found() if gradients else []
        if found is None:
            raise no_loss_depends_on(self.split.name)
        return (clean if backward is None else detached(clean, zero_of(norm.main for norm in self._duals))), found

    def _adversarial_losses(self, closure: Closure, ascent_closure: Closure, gradients: Sequence[Maps]) -> Losses:
        variables = self._attack(ascent_closure, gradients)
        statistics = eval_mode(self._norms) if self.adversarial_statistics == 'running' else nullcontext()
        checks = nullcontext() if self._is_checked else refused_main_norms(self._model)
        with use_branch(self._model, 'aux'), statistics, self._places.perturbed(self.split.features, variables), checks:
            return closure()

    def _attack(self, closure: Closure, gradients: Sequence[Maps]) -> list[Variables]:
        def loss(variables: list[Variables]) -> Tensor:
            with refused_subsample(self.attack, self.split.name), self._places.perturbed(seen, variables, dtype):
                value = total(closure())
            if not value.requires_grad:
                raise no_loss_depends_on(self.split.name)
            return value

        maps = self._places.maps
        dtype = dtype_of(self.ascent_precision, maps[0][0].device)
        seen = tuple(subsampled(feature, self.attack.subsample).to(dtype or feature.dtype) for feature in maps[0])
        with ExitStack() as stack:
            stack.enter_context(use_branch(self._model, 'aux'))
            stack.enter_context(eval_mode(self._mode_dependent))
            stack.enter_context(buffers_put_back(self._others))
            stack.enter_context(autocast(dtype, maps[0][0].device))
            stack.enter_context(without_gradients(self._suffix_parameters))
            return self.attack(self.perturbations, maps, loss, gradients, self.layers)

    def summary(self) -> dict[str, Tensor]:
        """Return what should be logged of the last step's variables: scalars by name, and by layer if several."""
        found = {}
        for name, perturbation, variables in zip(self.layers, self.perturbations, self.attack.variables or ()):
            for key, value in perturbation.summary(variables).items():
                found[key if len(self.layers) == 1 else f'{key}.{name}'] = value
        return found

    def state_dict(self) -> dict[str, Any]:
        """Return what the next step depends on besides the model, for a checkpoint that is resumed from exactly."""
        return dict(self.attack.state_dict(), perturbations=[each.state_dict() for each in self.perturbations])

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` returned; that of one perturbation may lie flat, as before version 0.2.

        Raises:
            UserError: if it is the state of another number of layers.
        """
        states = state.get('perturbations', [state])
        if len(states) != len(self.layers):
            raise UserError(f'the state is that of {len(states)} layers, but there are {len(self.layers)} '
                            f'({", ".join(self.layers)}): resume with the layers that it was saved with')
        self.attack.load_state_dict(state)
        for perturbation, own in zip(self.perturbations, states):
            perturbation.load_state_dict(own)

    def branch(self, name: str) -> AbstractContextManager[None]:
        """Return a context in which the model runs through its 'main' (the default) or its auxiliary ('aux') norms.

        Raises:
            UserError: for another name, or for 'aux' where `auxiliary=False` made none.
        """
        if name == 'aux' and not self.auxiliary:
            raise UserError(f'there are no auxiliary norms to run through: {type(self).__name__} was made with '
                            'auxiliary=False')
        return use_branch(self._model, name)

    def add_auxiliary_norms_to(self, optimizer: torch.optim.Optimizer) -> None:
        """Add each auxiliary parameter to the parameter group of its main norm, where it is in none yet."""
        add_auxiliary_parameters(optimizer, self._duals, self._model)

    def remove(self) -> nn.Module:
        """Detach from the model and return it: the main norms are back in place, and the prefix trains again.

        The model stays in the mode it is in. An optimiser that was given the auxiliary norms keeps them; their
        gradients stay None.
        """
        _attached.discard(self._model)
        self._is_removed = True
        self._check_optimizer.stop()
        remove_auxiliary_norms(self._model)
        if self._frozen:
            self._frozen.remove(self._model.training)
        for annotation in self._annotations:
            annotation.remove()
        return self._model
