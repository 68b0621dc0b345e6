"""Running the prefix g^{1,l} once and the suffix g^{l+1,L} many times, in any model, without the model's knowing."""
from contextlib import ExitStack, contextmanager

import torch

from .order import find_layer, has_own_parameters, registration_order, traced_order, watch_calls


class Split:
    """Splits a model after one of its modules.

        with split.record():
            loss = run()            # as ever; what the prefix's modules return is kept
        with split.replay(feature):
            loss = run()            # they return what was kept, the layer returns `feature`; only the suffix runs

    Args:
        model: any nn.Module.
        layer: path of the module whose output is f, e.g. 'layer1' or 'backbone.layer1.2'; its first call counts.
        trace: callable that runs the model once, e.g. `lambda: model(x)`. Needed where modules run in another order
            than they are registered in, which the first `record` checks.

    Attributes:
        prefix, suffix: the modules on either side, as sets; the layer's ancestors count as prefix, and modules
            that are added to the model later count as suffix.
        feature: f of the last `record`.

    Raises:
        ValueError: if there is no such layer, or nothing that could be trained after it.
    """

    def __init__(self, model, layer, trace=None):
        self.name = layer
        self.layer = find_layer(model, layer)
        self.prefix = traced_order(model, self.layer, trace) if trace else registration_order(model, self.layer)
        self.feature = None
        self._model = model
        self._calls = []  # (module, output) of the outermost calls that ended before the layer's
        self._versions = []
        self._order_is_checked = False
        if not any(map(has_own_parameters, self.suffix)):
            raise ValueError(f'no parameters are left to train after layer {layer!r}: choose an earlier one')

    @property
    def suffix(self):
        return set(self._model.modules()) - self.prefix

    @contextmanager
    def record(self, detach=False):
        """Keeps what the prefix's modules return in the one run of the model within this context.

        Args:
            detach: whether the suffix gets f detached from the prefix.

        Raises:
            ValueError: if the layer does not run, does not return a feature map, or if modules ran in an order
                that contradicts `prefix` and `suffix`.
        """
        self.forget()
        starts = []
        before, after = set(), set()

        def enter(module):
            (before if self.feature is None else after).add(module)
            starts.append(len(self._calls))

        def leave(module, output):
            if self.feature is not None or not starts:
                return None
            del self._calls[starts.pop():]  # the calls inside this one
            self._calls.append((module, output))
            if module is not self.layer:
                return None
            if not torch.is_tensor(output) or output.ndim not in (3, 4) or not output.is_floating_point():
                found = f'a tensor of shape {tuple(output.shape)}' if torch.is_tensor(output) else type(output).__name__
                raise ValueError(f'layer {self.name!r} returns {found}; '
                                 'a feature map (B, C, H, W) or token map (B, N, C) is needed')
            self.feature = output.detach() if detach else output
            self._versions = [value._version for value in self._kept_tensors()]
            return self.feature.clone()  # the suffix may change its input in place

        with watch_calls(set(self._model.modules()), enter, leave):
            yield
        if self.feature is None:
            raise ValueError(f'layer {self.name!r} did not run in the forward pass')
        if not self._order_is_checked:
            self._check_order(before, after)

    def _check_order(self, before, after):
        late, early = (after - before) & self.prefix, (before - after) & self.suffix
        names = [name for name, module in self._model.named_modules()
                 if module in late | early and has_own_parameters(module)]
        if names:
            raise ValueError(f'{", ".join(names[:4])} {"..." if len(names) > 4 else ""} did not run in the order of '
                             f'registration around layer {self.name!r}: pass trace=lambda: model(x)')
        self._order_is_checked = True

    def forget(self):
        """Lets go of what `record` kept."""
        self.feature, self._calls, self._versions = None, [], []

    def _kept_tensors(self):
        return [output for _, output in self._calls if torch.is_tensor(output)]

    @contextmanager
    def replay(self, feature):
        """Within this context the layer returns `feature` and the rest of the prefix what it returned last time.

        Args:
            feature: in the place of f; the suffix may change it in place.

        Raises:
            RuntimeError: if the model has changed an output of the prefix's modules in place.
        """
        if self._versions != [value._version for value in self._kept_tensors()]:
            raise RuntimeError(f'the model changes in place what a module before layer {self.name!r} returned, '
                               'so the prefix cannot be run once only: choose another layer')
        outputs = {}
        for module, output in self._calls:
            outputs.setdefault(module, []).append(feature if module is self.layer else output)
        with ExitStack() as stack:
            for module, kept in outputs.items():
                stack.enter_context(_answering(module, kept))
            yield


@contextmanager
def _answering(module, outputs):
    """The module's next calls return `outputs` in turn instead of running; later calls run."""
    run, remaining = module.forward, iter(outputs)

    def forward(*args, **kwargs):
        for output in remaining:
            return output
        return run(*args, **kwargs)

    own = module.__dict__.get('forward')
    module.forward = forward
    try:
        yield
    finally:
        if own is None:
            del module.forward
        else:
            module.forward = own
