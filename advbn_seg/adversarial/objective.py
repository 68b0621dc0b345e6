"""AdvBN: clean loss + adversarial loss (Eq. 3, Algorithm 1), for any model and any training loop."""
from contextlib import contextmanager, nullcontext

import torch

from .attack import ascend
from .dual_norm import DualNorm, add_twins, is_norm, remove_twins, use_branch
from .freeze import FrozenModules, behaves_differently_in_training
from .perturbations import ChannelStatistics
from .split import Split


def total(losses):
    """The scalar to raise: a tensor itself, or the sum of a mmengine loss dict's entries with 'loss' in their key."""
    if torch.is_tensor(losses):
        return losses
    values = [value for name, value in losses.items() if 'loss' in name]
    return sum(sum(item.mean() for item in value) if isinstance(value, (list, tuple)) else value.mean()
               for value in values)


@contextmanager
def eval_mode(modules):
    """Within this context the modules are in eval mode."""
    training = [module for module in modules if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


class AdvBN:
    """Attaches Adversarial Batch Normalization to a model after one of its layers.

        advbn = AdvBN(model, layer='layer1')
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
        clean, adversarial = advbn.losses(lambda: F.cross_entropy(model(x), y))
        (clean + adversarial).backward()

    Attaching gives every norm after the layer an auxiliary twin and freezes the prefix (everything up to the layer). An
    optimiser made afterwards trains the right parameters as it is; one made before lacks the twins, so pass it to
    `add_twins_to`. Plain checkpoints load into the model before or after attaching (twins are copies of their
    main norm), and a checkpoint of the attached model loads into a plain one with `strict=False`. Convert to
    SyncBatchNorm before attaching. The ascent switches off dropout that is a module; `F.dropout` stays on.

    Args:
        model: any nn.Module.
        layer: path of the module whose output f is perturbed: (B, C, H, W) or (B, N, C). A channels-last map
            (B, H, W, C) cannot be told from these: give a layer that returns another.
        num_steps: m, ascent steps on the deltas per batch.
        step_size: tau, of each sign-gradient step.
        eps: radius of the ball around 1 that holds delta_mean and delta_std.
        clamp: whether a ReLU follows the shift. None: if f of the first batch is nowhere negative, as a ReLU's output.
        random_start: start the ascent at random deltas in the ball instead of at 1.
        auxiliary: give each norm after the layer a twin for the adversarial pass; False trains one set for both.
        adversarial_statistics: 'batch', as in the paper: the adversarial training pass is normalised by its own
            batch statistics; 'running': by the running statistics that the ascent was computed against, which
            in a twin stay those it started with.
        train_prefix: train the prefix too, instead of freezing it.
        trace: callable that runs the model once; see `Split`.

    Attributes:
        delta_mean, delta_std: of the last step, (C,); None before it.

    Raises:
        ValueError: if an argument is out of range, or the layer cannot serve (see `Split`).
    """

    def __init__(self, model, layer, num_steps=3, step_size=0.2, eps=0.5, *, clamp=None, random_start=False,
                 auxiliary=True, adversarial_statistics='batch', train_prefix=False, trace=None):
        if num_steps < 1:
            raise ValueError(f'num_steps must be at least 1, found {num_steps}')
        if not step_size > 0:
            raise ValueError(f'step_size must be positive, found {step_size}')
        if adversarial_statistics not in ('batch', 'running'):
            raise ValueError(f"adversarial_statistics must be 'batch' or 'running', found {adversarial_statistics!r}")
        if any(isinstance(module, DualNorm) for module in model.modules()):
            raise ValueError('the model has auxiliary norms already: call remove() on its AdvBN first')
        self.num_steps = num_steps
        self.step_size = step_size
        self.auxiliary = auxiliary
        self.adversarial_statistics = adversarial_statistics
        self.perturbation = ChannelStatistics(eps, clamp, random_start)
        self.delta_mean = self.delta_std = None
        self.split = Split(model, layer, trace)
        self._model = model
        self._twins = add_twins(model, set(filter(is_norm, self.split.suffix))) if auxiliary else []
        self._frozen = None if train_prefix else FrozenModules(self.split.prefix)
        self._norms = [module for module in self.split.suffix if is_norm(module)]
        self._mode_dependent = [module for module in self.split.suffix if behaves_differently_in_training(module)]

    def losses(self, closure):
        """The clean and the adversarial loss of one batch.

        Args:
            closure: runs the model on the batch and returns its loss, a scalar tensor or a mmengine loss dict. It is
                called num_steps + 2 times; the prefix runs in the first call only.

        Returns:
            (clean, adversarial): what the closure returned for f and for f_adv, both differentiable.

        Raises:
            ValueError: if the layer did not run or returned no feature map.
        """
        with use_branch(self._model, 'main'), self.split.record(detach=self._frozen is not None):
            clean = closure()
        try:
            return clean, self._adversarial_loss(self.split.feature, closure)
        finally:
            self.split.forget()

    def _adversarial_loss(self, feature, closure):
        if self.perturbation.clamp is None:
            self.perturbation.clamp = bool((feature >= 0).all())
        self.delta_mean, self.delta_std = self._attack(feature.detach(), closure)
        adversarial = self.perturbation.apply(feature, self.delta_mean, self.delta_std)
        statistics = eval_mode(self._norms) if self.adversarial_statistics == 'running' else nullcontext()
        with use_branch(self._model, 'aux'), statistics, self.split.replay(adversarial):
            return closure()

    def _attack(self, feature, closure):
        def loss(*deltas):
            with self.split.replay(self.perturbation.apply(feature, *deltas)):
                return total(closure())

        with use_branch(self._model, 'aux'), eval_mode(self._mode_dependent):
            return ascend(loss, self.perturbation.start(feature), self.perturbation.project,
                          self.num_steps, self.step_size)

    def branch(self, name):
        """A context in which the model runs through its 'main' (the default) or its auxiliary ('aux') norms.

        Raises:
            ValueError: for another name, or for 'aux' where `auxiliary=False` made none.
        """
        if name == 'aux' and not self.auxiliary:
            raise ValueError('there are no auxiliary norms to run through: AdvBN was made with auxiliary=False')
        return use_branch(self._model, name)

    def add_twins_to(self, optimizer):
        """Adds each twin's parameters to the parameter group of their main twin, where they are in none yet."""
        for group in optimizer.param_groups:
            members = set(group['params'])
            for twin in self._twins:
                pairs = zip(twin.main.parameters(), twin.aux.parameters())
                group['params'] += [aux for main, aux in pairs if main in members and aux not in members]

    def remove(self):
        """Detaches from the model: the main norms are back in place, and the prefix trains again.

        An optimiser that was given the twins keeps them; their gradients stay None.
        """
        remove_twins(self._model)
        if self._frozen:
            self._frozen.remove()
