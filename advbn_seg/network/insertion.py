"""Changing what layers return, in one training pass: the frame of the random style perturbations."""
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import UserError
from .annotation import Annotation
from .execution_order import find_layer, watch_calls
from .feature_maps import LayoutCheck, check_channel_dim, check_perturbed, maps_of
from .first_call import FirstCalls
from .freeze import eval_mode
from .wrappers import uncompiled

Perturb = Callable[[tuple[Tensor, ...]], tuple[Tensor, ...]]


@contextmanager
def inserted(layers: Sequence[nn.Module], perturb: Sequence[Perturb], channel_dim: int = 1,
             once: bool = True) -> Iterator[None]:
    """Have each layer return what its function makes of its maps, within this context.

    Args:
        layers: modules whose outputs hold maps.
        perturb: one function a layer, from a tuple of maps to one of as many.
        channel_dim: see `feature_maps.maps_of`.
        once: in the first call of each layer alone.
    """
    functions = dict(zip(layers, perturb))

    def hook(module: nn.Module, args: Any, output: Any) -> Any:
        function = functions.pop(module, None) if once else functions[module]
        if function is None:
            return None
        maps, rebuild = maps_of(output, channel_dim)
        return rebuild(function(maps))

    handles = [layer.register_forward_hook(hook) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def recorded(layers: Sequence[nn.Module], channel_dim: int = 1) -> Iterator[list[tuple[Tensor, ...]]]:
    """Keep the maps that each layer returns in its first call within this context, detached.

    Yields:
        The maps of each layer: none where it has not run.
    """
    found: list[tuple[Tensor, ...]] = [()] * len(layers)

    def keeping(index: int) -> Perturb:
        def keep(maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            found[index] = tuple(feature.detach().clone() for feature in maps)  # what follows may be in place
            return maps

        return keep

    with inserted(layers, list(map(keeping, range(len(layers)))), channel_dim):
        yield found


def channels_of(model: nn.Module, layers: Sequence[str], run: Callable[[], Any], channel_dim: int = 1) -> list[int]:
    """Return how many channels each layer's maps have in all, by calling `run()` in eval mode and without gradients.

    Raises:
        UserError: if there is no such layer, or `run` does not reach it.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(3, 8, 1))
        >>> channels_of(model, ['0'], lambda: model(torch.zeros(1, 3, 2, 2)))
        [8]
    """
    modules = [find_layer(model, name) for name in layers]
    with eval_mode(list(model.modules())), torch.no_grad(), recorded(modules, channel_dim) as found:
        run()
    for name, maps in zip(layers, found):
        if not maps:
            raise UserError(f'layer {name!r} did not run on a black image, or returned no feature map (B, C, H, W) or '
                            'token map (B, N, C): choose another layer')
    return [sum(feature.shape[1 if feature.ndim == 4 else 2] for feature in maps) for maps in found]


class Insertion:
    """Perturbs what some layers of a model return, in each of their calls: in training, in a share of the steps.

    One coin a step decides for all layers. The coin has a generator of its own, so that it falls alike in all processes
    of a distributed training, whatever else they draw.

    Args:
        model: any nn.Module that is not compiled, now or later.
        layers: paths of the modules to perturb, each of which returns a (B, C, H, W) or (B, N, C) map or several.
        perturb: from a tuple of maps to one of as many, such as a `Perturbation`.
        probability: of a step to be perturbed.
        seed: of the coin. Several insertions of one model need a seed each, or their coins fall alike.
        channel_dim: where 4-d maps have their channels: 1, or -1 for (B, H, W, C). None: 1, if nothing seen in the
            first perturbed step speaks against it.
        description: what `print(model)` shows beside each layer.

    Attributes:
        has_seen_a_step: whether the model was called in training mode, be the step perturbed or not.

    Raises:
        UserError: if an argument is out of range, or there is no such layer. The first perturbed step raises one if a
            layer does not run, returns no map or a channels-last one, and for what `FirstCalls` finds. So does a
            backward pass that runs a layer again.

    Example:
        >>> model = nn.Sequential(nn.Identity(), nn.Flatten())
        >>> insertion = Insertion(model, ['0'], lambda maps: tuple(2 * each for each in maps), probability=1)
        >>> x = torch.ones(1, 1, 1, 2)
        >>> model(x), model.eval()(x)
        (tensor([[2., 2.]]), tensor([[1., 1.]]))
    """

    def __init__(self, model: nn.Module, layers: Sequence[str], perturb: Perturb, probability: float = 0.5,
                 seed: int = 0, channel_dim: int | None = None, description: str = 'perturbed'):
        check_probability(probability)
        check_channel_dim(channel_dim)
        if isinstance(perturb, type):
            raise UserError(f'perturb is the class {perturb.__name__}: make an object of it, {perturb.__name__}(...)')
        if getattr(perturb, 'starts_at_rest', False):
            raise UserError(f'{perturb!r} changes nothing without an ascent: use AdversarialHook (in a loop, '
                            'AdversarialTraining) with num_steps, or random_start=True where it has this')
        if uncompiled(model) is not model:
            raise UserError('a compiled model takes no notice of perturbed layers: leave torch.compile out')
        self.names = [layers] if isinstance(layers, str) else list(layers)
        self.layers = [find_layer(model, name) for name in self.names]
        self.perturb = perturb
        self.probability = probability
        self.channel_dim = channel_dim
        self._coin = torch.Generator()
        self.seed(seed)
        self._step: ExitStack | None = None  # the context of a perturbed step
        self.has_seen_a_step = False
        self._is_perturbed = False  # whether the last step was
        self._is_checked = False
        self._handles = [model.register_forward_pre_hook(self._begin),
                         model.register_forward_hook(self._end, always_call=True),
                         *(layer.register_forward_pre_hook(self._refuse_recomputation) for layer in self.layers)]
        self._annotations = [Annotation(layer, description) for layer in self.layers]

    def seed(self, seed: int) -> None:
        """Seed the coin anew; the same seed before a step gives the same decision, which makes resuming exact."""
        self._coin.manual_seed(seed)

    def _begin(self, model: nn.Module, args: Any) -> None:
        if self._step is not None:  # Ctrl-C has ended the last forward pass, after which torch calls no hook
            with suppress(UserError):
                self._end(model, args, None)
        self.has_seen_a_step = self.has_seen_a_step or model.training
        self._is_perturbed = model.training and bool(torch.rand((), generator=self._coin) < self.probability)
        if self._is_perturbed:
            self._step = ExitStack()
            perturb = [self.perturb] * len(self.layers) if self._is_checked else self._checking(model, self._step)
            self._step.enter_context(inserted(self.layers, perturb, self.channel_dim or 1, once=False))

    def _checking(self, model: nn.Module, step: ExitStack) -> list[Perturb]:
        """Return the functions for a step that checks what they return, and at its end what they were given."""
        layout, first = LayoutCheck(), FirstCalls(dict(zip(self.layers, self.names)))
        given: dict[str, tuple[Tensor, ...]] = {}

        def function(name: str) -> Perturb:
            def perturb(maps: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
                given[name] = maps
                perturbed = self.perturb(maps) if maps else maps
                check_perturbed(maps, perturbed, self.perturb)
                return perturbed

            return perturb

        def check() -> None:
            for name in self.names:
                if not given.get(name):
                    raise UserError(f'layer {name!r} did not run in the forward pass, or returned no feature map '
                                    '(B, C, H, W) or token map (B, N, C): choose another layer')
                if self.channel_dim is None:
                    layout.refuse(name, given[name])
            self._is_checked = True

        def see(module: nn.Module, output: Any) -> None:
            layout.see(module, output)
            first.see(module)

        step.callback(check)
        step.enter_context(watch_calls(set(model.modules()), lambda module: None, see))
        return list(map(function, self.names))

    def _end(self, model: nn.Module | None, args: Any, output: Any) -> None:
        if self._step is not None:
            step, self._step = self._step, None
            step.close()

    def _refuse_recomputation(self, layer: nn.Module, args: Any) -> None:
        if self._is_perturbed and self._step is None and layer.training and torch.is_grad_enabled():
            name = self.names[self.layers.index(layer)]
            raise UserError(f'layer {name!r} ran again after the forward pass that perturbed it, and would give other '
                            'features: switch activation checkpointing off (with_cp, use_checkpoint, '
                            'activation_checkpointing ... in a config), call no layer outside of the model, or perturb '
                            'another layer')

    def remove(self) -> None:
        """Let the layers return what they compute."""
        with suppress(UserError):  # Ctrl-C may have left a step open
            self._end(None, None, None)
        for handle in self._handles:
            handle.remove()
        for annotation in self._annotations:
            annotation.remove()


def check_probability(probability: Any) -> None:
    """Raise UserError unless it is above 0 and at most 1."""
    if not isinstance(probability, (int, float)) or not 0 < probability <= 1:
        raise UserError(f'probability must be above 0 and at most 1, found {probability!r}')
