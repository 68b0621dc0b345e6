"""Auxiliary norms (AdvProp, https://arxiv.org/abs/1911.09665): one for clean features, one for adversarial ones."""
import copy
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from ..errors import UserError
from .branches import NORM_BRANCHES


def is_norm(module: nn.Module) -> bool:
    """Return True for Batch-, SyncBatch-, Instance-, Group-, Layer- and RMSNorm and their subclasses."""
    return isinstance(module, (_NormBase, nn.GroupNorm, nn.LayerNorm, nn.RMSNorm))


class DualNorm(nn.Module):
    """A normalisation layer and its auxiliary norm, which starts as a copy; `branch` says which of them runs.

    In a state dict the main norm keeps the keys it has alone (`bn1.weight`), and the auxiliary norm's follow as
    `bn1.aux.weight`. A plain checkpoint loads with nothing missing: the auxiliary norm becomes a copy of what was
    loaded. A plain model finds all its keys in ours. A composition, not a subclass: `convert_sync_batchnorm` would
    drop the auxiliary norm of a BatchNorm subclass.
    """

    def __init__(self, main: nn.Module):
        super().__init__()
        self.main = main
        group = getattr(main, 'process_group', None)  # of a SyncBatchNorm, which cannot be copied
        self.aux = copy.deepcopy(main, {id(group): group})
        self.branch = 'main'
        self.register_state_dict_post_hook(_drop_main_from_keys)
        self.register_load_state_dict_pre_hook(_accept_plain_keys)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, self.branch)(*args, **kwargs)

    def extra_repr(self) -> str:
        return f'branch={self.branch!r}'

    def __getattr__(self, name: str) -> Any:
        # A model that reads its norm's attributes (`norm.weight`, `norm.normalized_shape`) gets the running branch's.
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name in NORM_BRANCHES or 'main' not in self.__dict__.get('_modules', {}):
                raise
            return getattr(getattr(self, self.branch), name)


def _drop_main_from_keys(module: nn.Module, state_dict: dict[str, Any], prefix: str, local_metadata: Any) -> None:
    for key in [key for key in state_dict if key.startswith(f'{prefix}main.')]:
        state_dict[prefix + key.removeprefix(f'{prefix}main.')] = state_dict.pop(key)


def _accept_plain_keys(module: nn.Module, state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
    names = [key.removeprefix(prefix) for key in state_dict if key.startswith(prefix)]
    for name in [name for name in names if not name.startswith('aux.')]:
        value = state_dict.pop(prefix + name)
        state_dict[f'{prefix}main.{name}'] = value
        # a copy, as load_state_dict(assign=True) takes the tensors themselves
        state_dict.setdefault(f'{prefix}aux.{name}', value.clone() if isinstance(value, Tensor) else value)


def main_key(key: str) -> str:
    """Return the key of the main norm that a key of its auxiliary norm belongs to, and any other key as it is.

    It is for tensors that a norm holds itself, not for those of modules inside.
    """
    return re.sub(r'\.aux(\.[^.]+)$', r'\1', key)


def plain_state_dict(state_dict: Mapping[str, Tensor], branch: str = 'main') -> dict[str, Tensor]:
    """Return a state dict of a model with auxiliary norms as the plain model's, which then predicts as `branch` did.

    Raises:
        UserError: for another branch than 'main' and 'aux', and for 'aux' where there are no auxiliary norms.
    """
    _check_branch(branch)
    norms = {key.rpartition('.aux.')[0] for key in state_dict  # not a module that is named aux
             if main_key(key) != key and main_key(key) in state_dict}
    parts = {key: key.rpartition('.aux.') for key in state_dict}
    main_keys = {key: f'{norm}.{name}' for key, (norm, _, name) in parts.items() if norm in norms}
    if branch == 'aux' and not main_keys:
        raise UserError('there are no auxiliary norms in it to take')
    plain = {key: value for key, value in state_dict.items() if key not in main_keys}
    return plain if branch == 'main' else {**plain, **{main: state_dict[aux] for aux, main in main_keys.items()}}


def add_auxiliary_norms(model: nn.Module, norms: Collection[nn.Module]) -> list[DualNorm]:
    """Replace each of `norms` in the model by a DualNorm; return the DualNorms."""
    duals = {norm: DualNorm(norm) for norm in model.modules() if norm in norms}
    _replace(model, duals)
    return list(duals.values())


def dual_norms(model: nn.Module) -> list[DualNorm]:
    """Return the DualNorms of a model, in the order of its modules."""
    return [module for module in model.modules() if isinstance(module, DualNorm)]


def reset_auxiliary_norms(model: nn.Module) -> None:
    """Make each auxiliary norm of the model a copy of its main norm again."""
    for norm in dual_norms(model):
        norm.aux.load_state_dict(norm.main.state_dict())


def remove_auxiliary_norms(model: nn.Module) -> None:
    """Put the main norm back in the place of each DualNorm of the model."""
    _replace(model, {norm: norm.main for norm in dual_norms(model)})


def _replace(model: nn.Module, replacements: Mapping[Any, nn.Module]) -> None:
    for parent in [module for module in model.modules() if module not in replacements]:
        for name, child in list(parent._modules.items()):  # named_children() hides a norm's second name
            if child in replacements:
                parent._modules[name] = replacements[child]


@contextmanager
def use_branch(model: nn.Module, branch: str) -> Iterator[None]:
    """Have every DualNorm of `model` run its `branch`, 'main' or 'aux', within this context.

    Raises:
        UserError: for another branch.
    """
    _check_branch(branch)
    norms = dual_norms(model)
    before = [norm.branch for norm in norms]
    for norm in norms:
        norm.branch = branch
    try:
        yield
    finally:
        for norm, previous in zip(norms, before):
            norm.branch = previous


def _check_branch(branch: str) -> None:
    if branch not in NORM_BRANCHES:
        raise UserError(f"norm branch must be 'main' or 'aux', found {branch!r}")
