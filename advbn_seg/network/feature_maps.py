"""The feature maps in what a module returns: a tensor, or anything of lists, tuples and dicts that holds some."""
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten


def is_map(value: Any) -> bool:
    """Return whether a value is a feature map (B, C, H, W) or a token map (B, N, C)."""
    return torch.is_tensor(value) and value.ndim in (3, 4) and value.is_floating_point()


def maps_of(output: Any, channel_dim: int = 1) -> tuple[tuple[Tensor, ...], Callable[[Iterable[Tensor]], Any]]:
    """Return the maps in an output, and a function that puts others in their place.

    Args:
        output: what a module returned.
        channel_dim: where its 4-d maps have their channels: 1, or -1 for (B, H, W, C).

    Returns:
        (maps, rebuild): maps of (B, C, H, W), a view where channels are last, or (B, N, C); `rebuild(maps)` returns
        an output of the same structure and layout.

    Example:
        >>> maps, rebuild = maps_of(dict(low=torch.zeros(1, 2, 2, 3), size=4), channel_dim=-1)
        >>> maps[0].shape
        torch.Size([1, 3, 2, 2])
        >>> rebuild([torch.ones(1, 3, 2, 2)])['low'].shape
        torch.Size([1, 2, 2, 3])
    """
    leaves, structure = tree_flatten(output)

    def moved(feature: Tensor, source: int, destination: int) -> Tensor:
        return feature.movedim(source, destination) if feature.ndim == 4 else feature

    def rebuild(maps: Iterable[Tensor]) -> Any:
        remaining = iter(maps)
        return tree_unflatten([moved(next(remaining), 1, channel_dim) if is_map(leaf) else leaf for leaf in leaves],
                              structure)

    return tuple(moved(leaf, channel_dim, 1) for leaf in filter(is_map, leaves)), rebuild
