"""Clean loss + adversarial loss (Eq. 3), for any perturbation, model and training loop."""
from contextlib import ExitStack, nullcontext
from weakref import WeakSet

import torch

from ..errors import UserError
from ..network.collectives import is_distributed
from ..network.dual_norm import DualNorm, add_twins, is_norm, remove_twins, use_branch
from ..network.fold import Folding
from ..network.freeze import FrozenModules, behaves_differently_in_training, eval_mode, without_gradients

_attached = WeakSet()  # models that have an AdvBN

PRECISIONS = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}


def total(losses):
    """The scalar to raise: a tensor itself, or the sum of a mmengine loss dict's entries with 'loss' in their key."""
    if torch.is_tensor(losses):
        return losses
    values = [value for name, value in losses.items() if 'loss' in name]
    return sum(sum(item.mean() for item in value) if isinstance(value, (list, tuple)) else value.mean()
               for value in values)


def detached(losses, zero):
    """The same kind of losses without their graph, plus `zero`."""
    if torch.is_tensor(losses):
        return losses.detach() + zero
    return {name: [item.detach() for item in value] if isinstance(value, (list, tuple)) else value.detach() + zero
            for name, value in losses.items()}


class AdversarialTraining:
    """Clean loss + adversarial loss through auxiliary norms, for a perturbation of a model's features or of its input.

    Args:
        model: any nn.Module.
        split: where the perturbation sits: a `Split`, or something that records and replays as it does.
        attack: finds the deltas; see `Attack`.
        auxiliary: give each norm after the split a twin for the adversarial pass; False trains one set for both.
        adversarial_statistics: 'batch', as in the paper: the adversarial training pass is normalised by its own
            batch statistics; 'running': by the running statistics that the ascent was computed against, which
            in a twin stay those it started with.
        train_prefix: train the prefix too, instead of freezing it.
        ascent_precision: of the ascent alone, by autocast: 'fp32', 'bf16' or 'fp16'; None: that of the training.
        fold_norms: fold batch norms into the convolutions before them for the ascent, where they are in eval mode:
            the same deltas but for rounding, sooner.

    Raises:
        UserError: if an argument is out of range.
    """

    def __init__(self, model, split, attack, *, auxiliary=True, adversarial_statistics='batch', train_prefix=False,
                 ascent_precision=None, fold_norms=True):
        if ascent_precision not in (None, *PRECISIONS):
            raise UserError(f'ascent_precision must be one of {", ".join(map(repr, PRECISIONS))}, '
                            f'found {ascent_precision!r}')
        if adversarial_statistics not in ('batch', 'running'):
            raise UserError(f"adversarial_statistics must be 'batch' or 'running', found {adversarial_statistics!r}")
        if model in _attached or any(isinstance(module, DualNorm) for module in model.modules()):
            raise UserError('the model has an AdvBN already: call remove() on it first')
        self.auxiliary = auxiliary
        self.adversarial_statistics = adversarial_statistics
        self.attack = attack
        self.perturbation = attack.perturbation
        self.split = split
        self._model = model
        self._twins = add_twins(model, set(filter(is_norm, self.split.suffix))) if auxiliary else []
        self._frozen = None if train_prefix else FrozenModules(self.split.prefix)
        self._suffix_parameters = [parameter for module in self.split.suffix
                                   for parameter in module.parameters(recurse=False)]
        self._norms = [module for module in self.split.suffix if is_norm(module)]
        self._mode_dependent = [module for module in self.split.suffix if behaves_differently_in_training(module)]
        self._folding = Folding() if fold_norms else None
        self._ascent_dtype = PRECISIONS.get(ascent_precision)
        _attached.add(model)

    def losses(self, closure, backward=None, ascent_closure=None):
        """The clean and the adversarial loss of one batch.

        Args:
            closure: runs the model on the batch and returns its loss, a scalar tensor or a mmengine loss dict. It is
                called num_steps + 2 times; the prefix runs in the first call only.
            backward: called with the clean loss before the ascent, so that its graph does not take memory any longer;
                to be given where the losses are the end of the graph, e.g. `torch.Tensor.backward`.
            ascent_closure: called in the place of `closure` in the ascent, where it may leave out what is no loss.

        Returns:
            (clean, adversarial): what the closure returned for f and for f_adv, both differentiable; clean is detached
            where it went through `backward`.

        Raises:
            UserError: if the layer did not run or returned no feature map.
        """
        with ExitStack() as stack:
            stack.enter_context(use_branch(self._model, 'main'))
            if self._folding_is_due():
                stack.enter_context(self._folding.watch(self.split.suffix))
            stack.enter_context(self.split.record(detach=self._frozen is not None))
            clean = closure()
        if self._folding_is_due():
            self._folding.find(total(clean))
        if backward is not None:
            backward(total(clean))
            clean = detached(clean, self._zero_of_main_norms())
        try:
            return clean, self._adversarial_loss(self.split.features, closure, ascent_closure or closure)
        finally:
            self.split.forget()

    def _zero_of_main_norms(self):
        # DistributedDataParallel waits for a gradient of each parameter in the backward pass that follows.
        return 0. * sum(parameter.sum() for twin in self._twins for parameter in twin.main.parameters()) \
            if is_distributed() else 0.

    def _folding_is_due(self):
        return self._folding is not None and self._folding.pairs is None

    def _adversarial_loss(self, features, closure, ascent_closure):
        deltas = self._attack(tuple(feature.detach() for feature in features), ascent_closure)
        adversarial = self.perturbation.apply(features, *deltas)
        statistics = eval_mode(self._norms) if self.adversarial_statistics == 'running' else nullcontext()
        with use_branch(self._model, 'aux'), statistics, self.split.replay(adversarial):
            return closure()

    def _attack(self, features, closure):
        def loss(perturbed):
            with self.split.replay(perturbed):
                value = total(closure())
            if not value.requires_grad:
                raise UserError(f'no loss depends on what layer {self.split.name!r} returns: choose another layer')
            return value

        with ExitStack() as stack:
            stack.enter_context(use_branch(self._model, 'aux'))
            stack.enter_context(eval_mode(self._mode_dependent))
            if self._ascent_dtype is not None:
                stack.enter_context(torch.autocast(features[0].device.type, self._ascent_dtype,
                                                   enabled=self._ascent_dtype != torch.float32))
                features = tuple(feature.to(self._ascent_dtype) for feature in features)
            if self._folding is not None:
                stack.enter_context(self._folding.folded())
            stack.enter_context(without_gradients(self._suffix_parameters))
            return self.attack(features, loss)

    def state_dict(self):
        """What the next step depends on besides the model, for a checkpoint that is resumed from exactly."""
        return self.attack.state_dict()

    def load_state_dict(self, state):
        self.attack.load_state_dict(state)

    def branch(self, name):
        """A context in which the model runs through its 'main' (the default) or its auxiliary ('aux') norms.

        Raises:
            UserError: for another name, or for 'aux' where `auxiliary=False` made none.
        """
        if name == 'aux' and not self.auxiliary:
            raise UserError('there are no auxiliary norms to run through: AdvBN was made with auxiliary=False')
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
        _attached.discard(self._model)
        remove_twins(self._model)
        if self._frozen:
            self._frozen.remove()
