"""What would train something else without a word, found out in the first batches and refused in a sentence."""
import random
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_pre_hook

from ..errors import UserError
from ..network.dual_norm import DualNorm, dual_norms, is_norm, use_branch
from ..network.execution_order import watch_calls
from ..network.freeze import (
    behaves_differently_in_training,
    buffers_put_back,
    eval_mode,
    keeps_running_statistics,
)
from ..network.input_split import InputSplit
from ..network.insertion import Insertion
from ..network.split import Split
from ..perturbations.base import Perturbation
from .attack import Attack
from .losses import tensors_of, total

# what torch says of a map that is smaller than a module or a loss expects
SHAPES_DIFFER = re.compile('must match|mismatch|cannot be multiplied|is invalid for|target (size|tensor|batch)')


def check_attack(attack: Attack, perturbations: Sequence[Perturbation], split: Split | InputSplit) -> None:
    """Refuse an attack that cannot work on these perturbations.

    Raises:
        UserError: if one changes nothing without an ascent and there is none, or is a random one, whose variables no
            ascent may move, or has parameters, or a free step has no gradient to take.
    """
    for each in perturbations:
        if any(isinstance(value, nn.Parameter) for value in vars(each).values()):
            raise UserError(f'{each!r} has parameters of its own, which this frame would not train: use its own hook, '
                            'as ASAHook, or an Insertion')
        if attack.num_steps and type(each).project is Perturbation.project:
            raise UserError(f'{each!r} has no ball to ascend in: set num_steps=0, which takes its random draw')
        if each.starts_at_rest and not attack.num_steps:
            raise UserError(f'{each!r} changes nothing without an ascent: set num_steps, or random_start=True where it '
                            'has this')
        if attack.free_step and not each.starts_at_rest:
            raise UserError(f'fast (free_step) takes its first gradient from the clean pass, but {each!r} starts at a '
                            'random draw: leave out one of the two, as by random_start=False')
    if attack.free_step and isinstance(split, InputSplit):
        raise UserError('fast (free_step) takes its first gradient at the output of a layer, and images are none: '
                        'leave it out')


def check_mode(model: nn.Module) -> None:
    """Refuse a model in eval mode, and a step without gradients.

    Raises:
        UserError: saying what to call, or to leave.
    """
    if not model.training:
        raise UserError('the model is in eval mode, whose norms would learn nothing: call model.train() before a step')
    if not torch.is_grad_enabled():
        raise UserError('a step needs gradients, but torch.no_grad() or inference_mode() is on: call losses outside it')


def check_alone(model: nn.Module) -> None:
    """Refuse a model of which an `Insertion` perturbs a layer too: each pass of a step would toss its coin anew.

    Raises:
        UserError: saying what to leave out.
    """
    if any(isinstance(getattr(hook, '__self__', None), Insertion)
           for module in model.modules() for hook in module._forward_pre_hooks.values()):
        raise UserError('an Insertion perturbs layers of the model, and would do so anew in each pass of a step: call '
                        'remove() on it first')


@contextmanager
def refused_wrappers(model: nn.Module) -> Iterator[None]:
    """Raise UserError within this context where the model runs inside of a DistributedDataParallel that would be wrong.

    With `static_graph` its gradients stay each process's own, as the passes of the check and of the ascent count. With
    `find_unused_parameters` the auxiliary norms count as unused in the clean pass, and then as used twice.
    """
    def see(module: nn.Module, args: Any) -> None:
        if not isinstance(module, nn.parallel.DistributedDataParallel) or model not in set(module.modules()):
            return
        auxiliary = bool(dual_norms(model))
        for option, wrong in dict(static_graph=True, find_unused_parameters=auxiliary).items():
            if wrong and getattr(module, option, False):
                raise UserError(f'DistributedDataParallel({option}=True) cannot count the several passes of a step: '
                                f'leave {option} out')

    handle = register_module_forward_pre_hook(see)
    try:
        yield
    finally:
        handle.remove()


def check_replay(model: nn.Module, split: Split | InputSplit, closure: Callable[[], Any]) -> None:
    """See that the model computes its loss alike when its prefix runs once and only the suffix runs again.

    Both ways run once in eval mode on the first batch; buffers and random numbers are as before afterwards.

    Raises:
        UserError: if the loss is inf or NaN, if the losses differ, or if modules of the suffix run in the backward
            pass, as activation checkpointing has them do: by then the norms would be switched to another branch. Also
            for what `refused_wrappers` finds.
    """
    dependent = [module for module in model.modules() if behaves_differently_in_training(module)]
    with unchanged(model), use_branch(model, 'main'), eval_mode(dependent), refused_wrappers(model):
        with split.record(detach=True):
            recorded = total(closure())
        if any(module.training for module in dependent):
            raise UserError('the closure calls train(), which would have norms and dropout act in the ascent: call '
                            'model.train() before losses')
        if not recorded.isfinite():
            raise UserError(f'the loss of the first batch is {recorded:g}: the batch or the model holds inf or NaN')
        features = tuple(feature.detach().requires_grad_() for feature in split.features)
        with split.replay(tuple(feature.clone() for feature in features)):
            replayed = total(closure())
        if not alike(recorded, replayed) and alike(recorded, total(closure())):  # else the model itself is random
            raise UserError(f'the loss is {replayed:.6g} instead of {recorded:.6g} if what ran up to layer '
                            f'{split.name!r} does not run again: the model keeps or changes features outside of what '
                            'its modules return; choose another layer')
        if replayed.requires_grad:
            refuse_recomputation(replayed, features, split.suffix)
    split.forget()


@contextmanager
def refused_main_norms(model: nn.Module) -> Iterator[None]:
    """Raise UserError within this context where a main norm runs, as in the adversarial pass only auxiliary ones do."""
    names = {norm.main: name for name, norm in model.named_modules() if isinstance(norm, DualNorm)}

    def refuse(norm: nn.Module) -> None:
        raise UserError(f'norm {names[norm]!r} runs without its auxiliary one, as the model holds it twice: leave '
                        'plain lists of norms and efficient_conv_bn_eval out, or set auxiliary=False')

    with watch_calls(names, refuse, lambda norm, output: None):
        yield


@contextmanager
def refused_subsample(attack: Attack, layer: str) -> Iterator[None]:
    """Raise UserError within this context where a module or the loss cannot take the smaller maps of an ascent."""
    try:
        yield
    except (RuntimeError, ValueError) as error:
        if attack.subsample > 1 and SHAPES_DIFFER.search(str(error)):
            raise UserError(f'subsample={attack.subsample} makes the maps of layer {layer!r} smaller than the rest of '
                            'the model or its loss can take: set subsample=1') from error
        raise


def check_detached(features: Sequence[Tensor]) -> None:
    """Raise UserError if what the prefix returned has a graph, where that of the clean loss is freed on its own."""
    if any(feature.requires_grad for feature in features):
        raise UserError('train_prefix=True needs the graph of the prefix for both losses, which clean_first (or '
                        'backward=...) frees after the first: leave one of the two out')


Witness = tuple[nn.Parameter, Tensor, int]


def gradients_of(parameters: Iterable[nn.Parameter]) -> list[Witness]:
    """Return (parameter, its gradient, the gradient's version) where there is one."""
    return [(parameter, parameter.grad, parameter.grad._version) for parameter in parameters
            if parameter.grad is not None]


def check_gradients_stay(losses: Any, witnesses: Sequence[Witness]) -> None:
    """Have the backward pass of some losses raise UserError where gradients that `gradients_of` found are lost then."""
    is_checked = False  # in the first call of several, before which the backward pass has added nothing

    def lost() -> bool:
        if any(parameter.grad is None for parameter, *_ in witnesses):
            return True
        changed = [gradient for _, gradient, version in witnesses if gradient._version != version]
        return len(witnesses) == len(changed) > 0 and not any(gradient.any() for gradient in changed)

    def check(gradient: Tensor) -> None:
        nonlocal is_checked
        if is_checked:
            return
        is_checked = True
        if lost():
            raise UserError('the gradients of the clean loss are gone, which losses(..., backward=...) had added: call '
                            'optimizer.zero_grad() before losses, neither in the closure nor after it')

    for value in tensors_of(losses):
        if value.requires_grad:
            value.register_hook(check)


def alike(one: Tensor, other: Tensor) -> bool:
    """Return whether two losses are the same but for rounding, that of bfloat16 if they are in it."""
    precise = one.dtype in (torch.float32, torch.float64)
    return torch.allclose(one.detach().float(), other.detach().float(), rtol=1e-3 if precise else 3e-2, atol=1e-6)


def refuse_recomputation(loss: Tensor, features: tuple[Tensor, ...], suffix: set[nn.Module]) -> None:
    """Raise UserError if modules of the suffix run in the backward pass of the loss."""
    again: list[nn.Module] = []
    reason = ('computes activations again in the backward pass, when the norms are switched back already: switch '
              'activation checkpointing off (with_cp, use_checkpoint, activation_checkpointing ... in a config)')
    try:
        with watch_calls(suffix, again.append, lambda module, output: None):
            torch.autograd.grad(loss, features, allow_unused=True)
    except RuntimeError as error:
        if 'heckpoint' in str(error):  # the reentrant kind refuses torch.autograd.grad
            raise UserError(f'the model {reason}') from error
        raise
    if again:
        raise UserError(f'the model {reason} (it ran {type(again[0]).__name__} again)')


@contextmanager
def unchanged(model: nn.Module) -> Iterator[None]:
    """Let the model run within this context; put its buffers and all random numbers back afterwards."""
    parameter = next(model.parameters(), None)
    devices = [parameter.device] if parameter is not None and parameter.device.type == 'cuda' else []
    numpy = sys.modules.get('numpy')  # torch does without it
    python, arrays = random.getstate(), numpy and numpy.random.get_state()
    try:
        with torch.random.fork_rng(devices), buffers_put_back(model.modules()):
            yield
    finally:
        random.setstate(python)
        if numpy:
            numpy.random.set_state(arrays)


def seems_a_norm(module: nn.Module) -> bool:
    """Return whether a module keeps running statistics, or is called a norm and has vectors as its parameters."""
    own = list(module.parameters(recurse=False))
    vectors = bool(own) and all(parameter.ndim == 1 for parameter in own)
    return keeps_running_statistics(module) or 'norm' in type(module).__name__.lower() and vectors


def warn_of_norms_of_ones_own(model: nn.Module, suffix: set[nn.Module]) -> None:
    """Warn of norms that cannot get auxiliary ones, as they are of no class that `is_norm` knows."""
    names = [name for name, module in model.named_modules()
             if module in suffix and seems_a_norm(module) and not is_norm(module)]
    if names:
        warnings.warn(f'{", ".join(names[:4])}{" ..." if len(names) > 4 else ""}: norms that are none of torch, nor '
                      'subclasses, get no auxiliary norms; clean and perturbed features share them',
                      stacklevel=3)
