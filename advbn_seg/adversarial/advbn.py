"""AdvBN (Algorithm 1), for any model and any training loop."""
from ..network.collectives import true_on_all_ranks
from ..network.split import Split
from ..perturbations.channel_statistics import ChannelStatistics
from .attack import Attack
from .objective import AdversarialTraining


class AdvBN(AdversarialTraining):
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
        layer: path of the module whose output f is perturbed: (B, C, H, W) or (B, N, C), or several of them. A
            channels-last map (B, H, W, C) is refused where a linear layer or LayerNorm gives it away.
        num_steps: m, ascent steps on the deltas per batch.
        step_size: tau, of each sign-gradient step.
        eps: radius of the ball around 1 that holds delta_mean and delta_std.
        clamp: whether a ReLU follows the shift. None: if f of the first batch is nowhere negative, as a ReLU's output.
        start, attack_every, subsample: cheaper adversaries than the paper's; see `Attack`.
        over_ranks: in a distributed training, statistics and gradients of the deltas are those of all processes'
            batches together, so that their number does not matter; False: each attacks its own, as the authors did.
        trace: callable that runs the model once; see `Split`.
        options: auxiliary, adversarial_statistics, train_prefix, ascent_precision, fold_norms: see
            `AdversarialTraining`.

    Attributes:
        delta_mean, delta_std: of the last step, (C,), the channels of all maps of f in turn; None before it.

    Raises:
        UserError: if an argument is out of range, or the layer cannot serve (see `Split`).
    """

    def __init__(self, model, layer, num_steps=3, step_size=0.2, eps=0.5, *, clamp=None, start='clean', attack_every=1,
                 subsample=1, over_ranks=True, trace=None, **options):
        perturbation = ChannelStatistics(eps, clamp, over_ranks)
        attack = Attack(perturbation, num_steps, step_size, start, attack_every, subsample, over_ranks)
        super().__init__(model, Split(model, layer, trace), attack, **options)

    @property
    def delta_mean(self):
        return self.attack.deltas and self.attack.deltas[0]

    @property
    def delta_std(self):
        return self.attack.deltas and self.attack.deltas[1]

    def state_dict(self):
        return dict(super().state_dict(), clamp=self.perturbation.clamp)

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self.perturbation.clamp = state['clamp']

    def moved(self):
        """How far the deltas of the last step went from 1, in the mean over channels."""
        return dict(delta_mean=(self.delta_mean - 1).abs().mean(), delta_std=(self.delta_std - 1).abs().mean())

    def _adversarial_loss(self, features, closure, ascent_closure):
        if self.perturbation.clamp is None:
            self.perturbation.clamp = all(true_on_all_ranks((feature >= 0).all()) for feature in features)
        return super()._adversarial_loss(features, closure, ascent_closure)
