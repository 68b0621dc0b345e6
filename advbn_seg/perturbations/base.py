"""What may change a feature or an image: the one interface of AdvBN's adversary and its random peers."""
from typing import Any

import torch
from torch import Tensor

from ..errors import UserError

Maps = tuple[Tensor, ...]


class Perturbation:
    """A change of feature maps that depends on some variables; a subclass is one method, in one file.

    `draw` and `apply` are all that a random method needs. An adversary, whose variables a sign-gradient ascent moves,
    adds `project`. The two frames that run perturbations are `adversarial.AdversarialTraining` and
    `network.insertion.Insertion`; `perturbations.normalization_perturbation` is an example.

    Attributes:
        shared: whether the images of a batch, over all processes, share the variables; else each has its own.
        starts_at_rest: whether the draw changes nothing, and it takes an ascent.
    """

    shared = False
    starts_at_rest = False

    def draw(self, maps: Maps) -> tuple[Tensor, ...]:
        """Return the start of the ascent, or the random draw that a method without an ascent consists of.

        Args:
            maps: a tuple of (B, C, H, W) or (B, N, C): one map unless the layer returns more.
        """
        raise NotImplementedError

    def apply(self, maps: Maps, *variables: Tensor) -> Maps:
        """Return the perturbed maps, of the maps' shapes and dtypes; differentiable in both."""
        raise NotImplementedError

    def fits(self, variables: tuple[Tensor, ...], maps: Maps) -> bool:
        """Return whether variables that were found for another batch serve for these maps."""
        return self.shared or all(len(variable) == len(maps[0]) for variable in variables)

    def project(self, variable: Tensor) -> Tensor:
        """Return the nearest value that is allowed, of an adversary."""
        raise NotImplementedError

    def summary(self, variables: tuple[Tensor, ...]) -> dict[str, Tensor]:
        """Return what a training should log of the variables of a step: scalars by name."""
        return {}

    def state_dict(self) -> dict[str, Any]:
        """Return what was decided in the course of training, for a checkpoint."""
        return {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""

    def __call__(self, maps: Maps) -> Maps:
        """Return the maps under one draw."""
        return self.apply(maps, *drawn(self, maps))

    def __repr__(self) -> str:
        options = ', '.join(f'{name}={value!r}' for name, value in vars(self).items() if not name.startswith('_'))
        return f'{type(self).__name__}({options})'


def drawn(perturbation: Perturbation, maps: Maps) -> tuple[Tensor, ...]:
    """Return what a perturbation draws for maps.

    Raises:
        UserError: if it is no tuple of tensors.
    """
    variables = perturbation.draw(maps)
    if not isinstance(variables, (tuple, list)) or not all(map(torch.is_tensor, variables)):
        raise UserError(f'{type(perturbation).__name__}.draw must return a tuple of tensors, such as (scale,), found '
                        f'a {type(variables).__name__}')
    return tuple(variables)
