"""Running the prefix g^{1,l} once and the suffix g^{l+1,L} many times, in any model, without the model's knowing."""
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_unflatten

from ..errors import UserError
from .execution_order import find_layer, has_own_parameters, registration_order, traced_order, watch_calls
from .feature_maps import LayoutCheck, check_channel_dim, maps_of
from .first_call import FirstCalls
from .freeze import behaves_differently_in_training, is_inert
from .patched_forward import overridden
from .wrappers import unwrapped


class Split:
    """Splits a model after one of its modules.

        with split.record():
            loss = run()            # as ever; what the prefix's modules return is kept
        with split.replay(features):
            loss = run()            # they return what was kept, the layer returns `features`; only the suffix runs

    Args:
        model: any nn.Module.
        layer: path of the module whose output is f, e.g. 'layer1' or 'backbone.layer1.2'; its first call counts. Of an
            output with several maps (the branches of HRNet, a stage of Swin), each is one of the features.
        trace: callable that runs the model once, e.g. `lambda: model(x)`. Needed where modules run in another order
            than they are registered in, which the first `record` checks.
        channel_dim: where 4-d maps of the layer have their channels: 1, or -1 for (B, H, W, C). None: 1, if nothing
            seen in the first `record` speaks against it.

    Attributes:
        prefix, suffix: the modules on either side, as sets: what has started by the time the layer ends, and the rest.
            The layer's ancestors count as prefix, with the parameters that are directly theirs: class tokens, or the
            scale of a residual block around the layer. Modules added to the model later count as suffix.
        features: f of the last `record`, a tuple of (B, C, H, W) or (B, N, C): one map unless the layer returns more.

    Raises:
        UserError: if there is no such layer, nothing that could be trained after it, or a wrapper around the model.
    """

    def __init__(self, model: nn.Module, layer: str, trace: Callable[[], Any] | None = None,
                 channel_dim: int | None = None):
        check_channel_dim(channel_dim)
        model = unwrapped(model)
        self.name = layer
        self.layer = find_layer(model, layer)
        self.prefix = traced_order(model, self.layer, trace) if trace else registration_order(model, self.layer)
        self.channel_dim = channel_dim
        self.features: tuple[Tensor, ...] = ()
        self._model = model
        # of the outermost calls, the layer's last: (module, leaves and structure of its output)
        self._calls: list[tuple[nn.Module, list, Any]] = []
        self._rebuild: Callable[[Iterable[Tensor]], Any] = tuple
        self._versions: list[int] = []
        self._layout = LayoutCheck()
        self._order_is_checked = False
        if not any(map(has_own_parameters, self.suffix)):
            raise UserError(f'no parameters are left to train after layer {layer!r}: choose an earlier one')

    @property
    def suffix(self) -> set[nn.Module]:
        return set(self._model.modules()) - self.prefix

    @contextmanager
    def record(self, detach: bool = False) -> Iterator[None]:
        """Keep what the prefix's modules return in the one run of the model within this context.

        Args:
            detach: whether the suffix gets f detached from the prefix.

        Raises:
            UserError: if the layer does not run, returns no map or one of another layout, if modules ran in an order
                against `prefix` and `suffix`, and see `FirstCalls`.
        """
        self.forget()
        starts: list[int] = []
        before: set[nn.Module] = set()
        after: set[nn.Module] = set()
        self._layout, first = LayoutCheck(), FirstCalls({self.layer: self.name})

        def enter(module: nn.Module) -> None:
            (after if self.features else before).add(module)
            starts.append(len(self._calls))

        def leave(module: nn.Module, output: Any) -> Any:
            self._layout.see(module, output)
            first.see(module)
            if self.features or not starts:
                return None
            del self._calls[starts.pop():]  # the calls inside this one
            leaves, structure = tree_flatten(output)  # the model may change a list later
            self._calls.append((module, leaves, structure))
            if module is not self.layer:
                return None
            maps, self._rebuild = maps_of(output, self.channel_dim or 1)
            self.features = tuple(feature.detach() if detach else feature for feature in maps)
            if not self.features:
                found = f'a tensor of shape {tuple(output.shape)}' if torch.is_tensor(output) else type(output).__name__
                raise UserError(f'layer {self.name!r} returns {found}; '
                                'a feature map (B, C, H, W) or token map (B, N, C) is needed')
            self._versions = [value._version for value in self._kept_tensors()]
            return self._rebuild(feature.clone() for feature in self.features)  # may be changed in place

        with watch_calls(set(self._model.modules()), enter, leave):
            yield
        if not self.features:
            raise UserError(f'layer {self.name!r} did not run in the forward pass')
        self.check_channels(self.name, self.features)
        if not self._order_is_checked:
            self._check_order(before, after)
            if detach:
                self._warn_of_idle_parameters(before | after)

    def check_channels(self, layer: str, maps: Iterable[Tensor]) -> None:
        """Raise UserError if maps of a layer in the last `record` seem of another layout, and `channel_dim` is None."""
        if self.channel_dim is None:
            self._layout.refuse(layer, maps)

    def _check_order(self, before: set[nn.Module], after: set[nn.Module]) -> None:
        late, early = (after - before) & self.prefix, (before - after) & self.suffix
        shared = set() if self.layer in after else after & before & self.prefix  # else the model has run twice
        names = [name for name, module in self._model.named_modules()
                 if module in late | early and has_own_parameters(module)
                 or module in late | early | shared and behaves_differently_in_training(module)
                 and not is_inert(module)]
        if names:
            raise UserError(f'{", ".join(names[:4])} {"..." if len(names) > 4 else ""} did not run in the order of '
                            f'registration around layer {self.name!r}: choose another layer, or, in a loop of '
                            'your own, pass trace=lambda: model(x)')
        self._order_is_checked = True

    def _warn_of_idle_parameters(self, ran: set[nn.Module]) -> None:
        """Warn of modules around the layer that hold parameters and do not run: nobody sees when they are used."""
        around = [parent for parent in self.prefix if self.layer in set(parent.modules()) - {parent}]
        idle = {child for parent in around for child in parent.children() if has_own_parameters(child)} - ran
        if names := [name for name, module in self._model.named_modules() if module in idle & self.prefix]:
            warnings.warn(f'frozen without having run, as registered before layer {self.name!r}: {", ".join(names)}; '
                          'if later modules use them, register them after it, or set train_prefix=True', stacklevel=4)

    def forget(self) -> None:
        """Let go of what `record` kept."""
        self.features, self._calls, self._versions, self._rebuild = (), [], [], tuple

    def _kept_tensors(self) -> list[Tensor]:
        return [leaf for _, leaves, _ in self._calls for leaf in leaves if torch.is_tensor(leaf)]

    @contextmanager
    def replay(self, features: Sequence[Tensor], dtype: torch.dtype | None = None) -> Iterator[None]:
        """Have the layer return `features`, and the rest of the prefix what it returned last, within this context.

        Args:
            features: in the place of f, as many; the suffix may change them in place.
            dtype: of the kept floating-point outputs then, unless it is None; that of `features` is theirs.

        Raises:
            UserError: if the model has changed an output of the prefix's modules in place.
        """
        if self._versions != [value._version for value in self._kept_tensors()]:
            raise UserError(f'the model changes in place what a module before layer {self.name!r} returned, '
                            'so the prefix cannot be run once only: choose another layer')
        outputs: dict[nn.Module, list] = {}
        for module, leaves, structure in self._calls[:-1]:
            kept = [leaf.to(dtype) if dtype and torch.is_tensor(leaf) and leaf.is_floating_point() else leaf
                    for leaf in leaves]
            outputs.setdefault(module, []).append(tree_unflatten(kept, structure))
        outputs.setdefault(self.layer, []).append(self._rebuild(features))
        with ExitStack() as stack:
            for module, answers in outputs.items():
                stack.enter_context(_answering(module, answers))
            yield


def _answering(module: nn.Module, outputs: Sequence[Any]) -> AbstractContextManager[None]:
    """Return a context in which the module's next calls return `outputs` in turn; later calls run it."""
    run, remaining = module.forward, iter(outputs)

    def forward(*args: Any, **kwargs: Any) -> Any:
        for output in remaining:
            return output
        return run(*args, **kwargs)

    return overridden(module, forward)
