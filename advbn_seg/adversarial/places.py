"""Where a step perturbs: a first layer, at which the prefix ends, and later ones, each with its perturbation."""
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import nn

from ..errors import UserError
from ..network.annotation import Annotation
from ..network.execution_order import find_layer
from ..network.feature_maps import check_perturbed
from ..network.input_split import InputSplit
from ..network.insertion import Perturb, inserted, recorded
from ..network.map_gradients import MapGradients
from ..network.split import Split
from ..perturbations.base import Maps, Perturbation
from .attack import Variables


class Places:
    """The perturbed layers of a model, in the order in which they run, and what the clean pass had there.

    Args:
        model: any nn.Module.
        split: the first of them.
        perturbations: one for each.
        later: paths of the others.

    Attributes:
        names: their paths.

    Raises:
        UserError: if the numbers differ, a layer is named twice, is not there, or runs before the first.
    """

    def __init__(self, model: nn.Module, split: Split | InputSplit, perturbations: Sequence[Perturbation],
                 later: Sequence[str] = ()):
        self.split = split
        self.names = [split.name, *later]
        self.perturbations = list(perturbations)
        if len(self.perturbations) != len(self.names):
            raise UserError(f'{len(self.perturbations)} perturbations were given for {len(self.names)} layers '
                            f'({", ".join(self.names)}): give one for each')
        for each in self.perturbations:
            if not isinstance(each, Perturbation):
                raise UserError(f'a perturbation is an object of a subclass of Perturbation, found {each!r}')
        if twice := [name for index, name in enumerate(self.names) if name in self.names[:index]]:
            raise UserError(f'layer {twice[0]!r} is named twice: name each layer once')
        self._later = [find_layer(model, name) for name in later]
        for name, layer in zip(later, self._later):
            if split.layer in set(layer.modules()):
                raise UserError(f'layer {name!r} holds the first layer {split.name!r}: name layers of which none is '
                                'inside of another')
            if layer in split.prefix:
                raise UserError(f'layer {name!r} runs before the first layer {split.name!r}: name the layers in the '
                                'order in which they run')
        self._later_maps: list[Maps] = []

    def check_outside_of(self, norms: Collection[nn.Module]) -> None:
        """Raise UserError if a later layer is a part of one of these norms, which would be there twice."""
        parts = {part for norm in norms for part in norm.modules()} - set(norms)
        for name, layer in zip(self.names[1:], self._later):
            if layer in parts:
                raise UserError(f'layer {name!r} is inside of a norm, which gets an auxiliary one: name the norm, '
                                'or set auxiliary=False')

    def look_up(self, model: nn.Module) -> None:
        """Find the later layers by their paths again, as one that is a norm has got an auxiliary one since."""
        self._later = [find_layer(model, name) for name in self.names[1:]]

    @property
    def layers(self) -> list[nn.Module]:
        """The modules that are perturbed."""
        return [self.split.layer, *self._later]

    @property
    def maps(self) -> list[Maps]:
        """What each layer returned in the clean pass, detached."""
        return [tuple(feature.detach() for feature in self.split.features), *self._later_maps]

    @contextmanager
    def recorded(self, detach: bool) -> Iterator[None]:
        """Keep what each layer returns within this context, and end the graph at the first where `detach`.

        Raises:
            UserError: at its end, if a later layer did not run or returned no feature map.
        """
        with self.split.record(detach), recorded(self._later, self._channel_dim) as self._later_maps:
            yield
        for name, maps in zip(self.names[1:], self._later_maps):
            if not maps:
                raise UserError(f'layer {name!r} did not run after layer {self.split.name!r}, or returned no feature '
                                'map: choose another layer')
            if isinstance(self.split, Split):
                self.split.check_channels(name, maps)

    def gradients(self) -> MapGradients:
        """Return what gets the gradients of a loss with respect to the maps of each layer."""
        return MapGradients(self.layers, self._channel_dim)

    @contextmanager
    def perturbed(self, features: Maps, variables: Sequence[Variables], dtype: torch.dtype | None = None
                  ) -> Iterator[None]:
        """Have the first layer return `features`, and the later ones theirs, perturbed within this context."""
        first, *later = map(_applying, self.perturbations, variables)
        with self.split.replay(first(features), dtype), inserted(self._later, later, self._channel_dim):
            yield

    def annotated(self, by: str) -> list[Annotation]:
        """Have `print(model)` show beside each layer what perturbs it, and in what."""
        return [Annotation(layer, f'{by} with {perturbation!r}')
                for layer, perturbation in zip(self.layers, self.perturbations)]

    def forget(self) -> None:
        """Let go of what the clean pass had."""
        self.split.forget()
        self._later_maps = []

    @property
    def _channel_dim(self) -> int:
        return self.split.channel_dim or 1


def _applying(perturbation: Perturbation, variables: Variables) -> Perturb:
    def perturb(maps: Maps) -> Maps:
        perturbed = perturbation.apply(maps, *variables)
        check_perturbed(maps, perturbed, perturbation)
        return perturbed

    return perturb
