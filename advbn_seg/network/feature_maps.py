"""The feature maps in what a module returns: a tensor, or anything of lists, tuples and dicts that holds some."""
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_unflatten

from ..errors import UserError


def is_map(value: Any) -> bool:
    """Return whether a value is a feature map (B, C, H, W) or a token map (B, N, C)."""
    return torch.is_tensor(value) and value.ndim in (3, 4) and value.is_floating_point()


def maps_of(output: Any, channel_dim: int = 1) -> tuple[tuple[Tensor, ...], Callable[[Iterable[Tensor]], Any]]:
    """Return the maps in an output, and a function that puts others in their place.

    Args:
        output: what a module returned.
        channel_dim: where its 4-d maps have their channels: 1, or -1 for (B, H, W, C).

    Returns:
        (maps, rebuild): maps of (B, C, H, W), a view where channels are last, or (B, N, C). `rebuild(maps)` returns
        an output of the same structure and layout.

    Example:
        >>> maps, rebuild = maps_of(dict(low=torch.zeros(1, 2, 2, 3), size=4), channel_dim=-1)
        >>> maps[0].shape
        torch.Size([1, 3, 2, 2])
        >>> rebuild([torch.ones(1, 3, 2, 2)])['low'].shape
        torch.Size([1, 2, 2, 3])
    """
    leaves, structure = tree_flatten(output)
    found = [leaf for leaf in leaves if is_map(leaf)]
    others = [None if is_map(leaf) else [leaf] for leaf in leaves]  # `rebuild` must not keep the maps and their graph

    def moved(feature: Tensor, source: int, destination: int) -> Tensor:
        return feature.movedim(source, destination) if feature.ndim == 4 else feature

    def rebuild(maps: Iterable[Tensor]) -> Any:
        remaining = iter(maps)
        return tree_unflatten([other[0] if other else moved(next(remaining), 1, channel_dim) for other in others],
                              structure)

    return tuple(moved(feature, channel_dim, 1) for feature in found), rebuild


def check_perturbed(maps: Any, perturbed: Any, perturbation: Any) -> None:
    """Raise UserError unless `perturbation` returned as many maps as it was given, of their shapes."""
    shapes = [tuple(feature.shape) for feature in maps]
    is_tuple = isinstance(perturbed, (tuple, list)) and all(map(torch.is_tensor, perturbed))
    if not is_tuple or [tuple(feature.shape) for feature in perturbed] != shapes:
        found = ', '.join(str(tuple(each.shape)) for each in perturbed) if is_tuple else type(perturbed).__name__
        raise UserError(f'{perturbation!r} must return a tuple of maps, of the shapes that it is given: it was given '
                        f'{", ".join(map(str, shapes))} and returned {found or "none"}')


class LayoutCheck:
    """Tells maps of another layout than thought, by the layers that returned something of their shape.

    Channels are last in what a linear layer or LayerNorm returned, and second in what a layer for signals did. Images
    are second in what attention without `batch_first` returned.
    """

    SIGNALS = nn.Conv1d, nn.BatchNorm1d, nn.MaxPool1d, nn.AvgPool1d  # of (B, C, L)

    def __init__(self) -> None:
        self._channels_last: set[torch.Size] = set()
        self._signals: set[torch.Size] = set()
        self._sequences_first: set[torch.Size] = set()

    def see(self, module: nn.Module, output: Any) -> None:
        """Look at what a module of the model returned."""
        if type(module) in (nn.Linear, nn.LayerNorm):  # a subclass may move the channels
            self._channels_last.add(output.shape)
        elif isinstance(module, self.SIGNALS) and torch.is_tensor(output) and output.ndim == 3:
            self._signals.add(output.shape)
        elif isinstance(module, nn.MultiheadAttention) and not module.batch_first:
            self._sequences_first.add(output[0].shape)

    def refuse(self, layer: str, maps: Iterable[Tensor]) -> None:
        """Raise UserError if a map of a layer seems of such a kind, after all modules have been seen."""
        for feature in maps:
            found = f'layer {layer!r} returns a map {tuple(feature.shape)} that seems'
            if feature.ndim == 3 and feature.shape in self._signals - self._channels_last:
                raise UserError(f'{found} to be (B, C, L), but a token map (B, N, C) is needed: choose a layer that '
                                'returns one, or set channel_dim=1 if it is (B, N, C)')
            # mmcv's wrapper of attention turns its maps; where B is N nothing tells them apart
            if feature.ndim == 3 and len(feature) != feature.shape[1] and feature.shape in self._sequences_first:
                raise UserError(f'{found} to be (N, B, C), but a token map (B, N, C) is needed: choose a layer that '
                                'returns one, or set channel_dim=1 if it is (B, N, C) or all images share their '
                                'deltas')
            if feature.ndim == 4 and feature.shape in self._channels_last:
                raise UserError(f'{found} channels-last, (B, H, W, C): set channel_dim=-1, or channel_dim=1 if it is '
                                '(B, C, H, W)')


def check_channel_dim(channel_dim: Any) -> None:
    """Raise UserError unless it is None or a dimension that may hold the channels of 4-d maps."""
    if channel_dim not in (None, 1, -1):
        raise UserError(f'channel_dim must be 1 for (B, C, H, W) or -1 for (B, H, W, C), found {channel_dim!r}')
