"""How strong a cheaper attack is: how far it raises the loss, as a share of what the attack that was asked for does."""
from statistics import mean

import torch
from mmengine.runner import Runner
from mmengine.runner.utils import set_random_seed
from rich.progress import track

from ...adversarial import AdvBN
from ...adversarial.checks import unchanged
from ...adversarial.losses import total
from ...errors import UserError
from ...evaluation.loading import load_model
from ...runtime.hook_configs import branch_hooks, perturbed_layer
from .steps import CLEAN_FIRST, options_of, reference_of


class Given:
    """An attack that is over: the variables that were found for a batch, or None for the start, which changes nothing.

    Attributes:
        loss: in eval mode, as the ascent sees it.
    """

    free_step, subsample = False, 1

    def __init__(self, variables=None):
        self.variables = variables

    def __call__(self, perturbations, maps, loss_fn, gradients, layers):
        start = [perturbation.draw(each) for perturbation, each in zip(perturbations, maps)]
        self.variables = self.variables or start
        self.loss = loss_fn([tuple(each.detach().requires_grad_() for each in own) for own in self.variables]).item()
        return self.variables


def measure_strength(run, modes, num_steps, batches, batch_size, log_dir, layer=None, device=None, seed=0):
    """Return how far each mode raises the loss of a trained network, beside the attack that it is a cheaper form of.

    Losses under the deltas that were found are scored by the same network in float32. In training mode they are those
    of the last lines of Algorithm 1, which the network is trained on; in eval mode they are what the ascent sees.

    Args:
        run (Run): a trained network without auxiliary norms.
        modes (list[str]): of `MODES`.
        num_steps (int): m of the attack that is asked for.
        batches, batch_size (int): of the config's training loader.
        layer (str, optional): path of the module after which AdvBN sits, instead of the config's `perturbed_layer`.

    Returns:
        list[dict]: a row for each mode: its `strength` in `training` and in `eval` mode, with its interval, and the
        `gains`, (gain, the reference's gain) for each batch.

    Raises:
        UserError: Nothing says after which layer, or the network was trained with an attack.
    """
    if branch_hooks(run.cfg):
        raise UserError(f'{run.name} was trained with an attack, but a network without one was expected: give its '
                        'baseline or its control')
    runner = load_model(run.cfg, run.checkpoint, log_dir, device)
    layer, model = layer or perturbed_layer(run.cfg, runner.model), runner.model.train()
    if not layer:
        raise UserError(f"{run.name}: its config has no key perturbed_layer; say after which module AdvBN sits, as in "
                        '--layer backbone.layer1')
    data = load_batches(run.cfg, model, batches, batch_size, seed)
    gains = {}
    for mode in track(list(dict.fromkeys([*map(reference_of, modes), *modes])), 'modes'):
        options = options_of(mode, num_steps)
        backward = torch.Tensor.backward if mode in CLEAN_FIRST else None
        found = find(AdvBN(model, layer, **options), model, data, backward)
        gains[mode] = score(AdvBN(model, layer, **options_of(reference_of(mode), num_steps)), model, data, found)
    rows = []
    for mode in modes:
        pairs = {which: list(zip(gains[mode][which], gains[reference_of(mode)][which])) for which in gains[mode]}
        rows.append(dict(run=str(run.path), num_steps=num_steps, mode=mode, batch_size=batch_size,
                         strength={which: strength(each) for which, each in pairs.items()}, gains=pairs))
    return rows


def load_batches(cfg, model, batches, batch_size, seed):
    """Return the first batches of the training loader, on the model's device."""
    set_random_seed(seed)
    config = {**cfg.train_dataloader, 'batch_size': batch_size, 'num_workers': 0, 'persistent_workers': False}
    return [model.data_preprocessor(batch, True) for _, batch in zip(range(batches), Runner.build_dataloader(config))]


def closure(model, batch):
    return lambda: model(**batch, mode='loss')


def find(advbn, model, data, backward):
    """Return the variables that AdvBN finds for each batch; the model is as before afterwards."""
    found = []
    for batch in data:
        with unchanged(model):
            advbn.losses(closure(model, batch), backward)
        found.append(advbn.attack.variables)
        model.zero_grad()
    advbn.remove()
    return found


def score(advbn, model, data, found):
    """Return by how much the variables of each batch raise its loss: {'training': [gain], 'eval': [gain]}."""
    gains = dict(training=[], eval=[])
    for batch, variables in zip(data, found):
        losses = []
        for advbn.attack in Given(variables), Given():
            with unchanged(model):
                torch.manual_seed(0)  # the same dropout
                _, adversarial = advbn.losses(closure(model, batch))
            losses.append((total(adversarial).item(), advbn.attack.loss))
        for which, (raised, clean) in zip(gains, zip(*losses)):
            gains[which].append(raised - clean)
    advbn.remove()
    return gains


def strength(pairs):
    """Return the share of the reference's mean gain, and half the width of its 95 % interval, by the jackknife.

    Args:
        pairs: a (gain, the reference's gain) for each batch.

    Example:
        >>> strength([(1., 2.), (1., 2.), (2., 4.)])
        (0.5, 0.0)
    """
    ours, theirs = map(sum, zip(*pairs))
    without = [(ours - one) / (theirs - other) for one, other in pairs]
    middle, count = mean(without), len(pairs)
    variance = (count - 1) / count * sum((each - middle) ** 2 for each in without)
    return ours / theirs, 1.96 * variance ** 0.5
