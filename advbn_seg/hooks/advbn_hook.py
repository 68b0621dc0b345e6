"""AdvBN training for any mmseg segmentor or mmpretrain classifier, from one line of its config."""
from functools import partial

from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ..adversarial import NORM_BRANCHES, AdvBN
from .surgery import dry_run, layer_path, refuse_checkpointing, resume_own_run, rewrap, unwrapped


@HOOKS.register_module()
class AdvBNHook(Hook):
    """Adds AdvBN's adversarial loss to every training step, and runs the asked norms in validation and test.

        custom_hooks = [dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')]
        load_from = 'the_baseline.pth'

    The model gets its auxiliary norms in `before_run`: after the Runner has built the optimiser, to whose parameter
    groups they are added, and before it loads a checkpoint. The adversarial losses join the clean ones as `adv.*`,
    with `adv.delta_mean` and `adv.delta_std`, the mean distance that the deltas moved from 1.

    Args:
        layer: path of the module after which AdvBN sits; None for a backbone that knows it (`AdvBNResNet`).
        num_steps, step_size, eps: m, tau and epsilon of the attack.
        norm_branch: norms that validation and test run through, 'main' (as in the paper's Table 3) or 'aux'.
        options: further arguments of `AdvBN`: clamp, random_start, auxiliary, adversarial_statistics, train_prefix.

    Raises:
        ValueError: if an argument is out of range or the layer cannot serve.
    """

    priority = 'VERY_HIGH'  # hooks that copy the model (EMA) must find it with its auxiliary norms

    def __init__(self, layer=None, num_steps=3, step_size=0.2, eps=0.5, norm_branch='main', **options):
        if norm_branch not in NORM_BRANCHES:
            raise ValueError(f"norm_branch must be 'main' or 'aux', found {norm_branch!r}")
        if norm_branch == 'aux' and not options.get('auxiliary', True):
            raise ValueError("norm_branch='aux' needs the auxiliary norms that auxiliary=False leaves out")
        if layer is None and options.get('train_prefix'):
            raise ValueError("train_prefix=True needs a backbone that does not freeze its prefix: use ResNet in the "
                             "place of AdvBNResNet, and name the layer, as in layer='backbone.layer1.2'")
        self.layer = layer
        self.norm_branch = norm_branch
        self.attack = dict(num_steps=num_steps, step_size=step_size, eps=eps, **options)
        self.advbn = None
        self._inference = None

    def before_run(self, runner):
        if self.advbn is not None:
            return
        model = unwrapped(runner.model)
        refuse_checkpointing(model)
        self.advbn = AdvBN(model, layer_path(model, self.layer), trace=dry_run(model), **self.attack)
        for optimizer in _optimizers(runner):
            self.advbn.add_twins_to(optimizer)
        rewrap(runner)
        resume_own_run(runner)

    def before_train(self, runner):
        model = unwrapped(runner.model)
        model.forward = partial(self._forward, model, model.forward)

    def after_train(self, runner):
        del unwrapped(runner.model).forward

    def _forward(self, model, forward, *args, mode='tensor', **kwargs):
        def run():
            return forward(*args, mode=mode, **kwargs)

        if mode != 'loss' or not model.training:
            return run()
        clean, adversarial = self.advbn.losses(run)
        moved = {'delta_mean': self.advbn.delta_mean, 'delta_std': self.advbn.delta_std}
        return {**clean,
                **{f'adv.{name}': value for name, value in adversarial.items()},
                **{f'adv.{name}': (delta - 1).abs().mean() for name, delta in moved.items()}}

    def _enter_inference(self, runner):
        self._inference = self.advbn.branch(self.norm_branch)
        self._inference.__enter__()

    def _leave_inference(self, runner):
        self._inference.__exit__(None, None, None)
        self._inference = None

    def before_val(self, runner):
        self._enter_inference(runner)

    def after_val(self, runner):
        self._leave_inference(runner)

    def before_test(self, runner):
        self._enter_inference(runner)

    def after_test(self, runner):
        self._leave_inference(runner)


def _optimizers(runner):
    """The torch optimisers of a Runner: none where it only tests, several in an OptimWrapperDict."""
    wrapper = getattr(runner, 'optim_wrapper', None)
    if wrapper is None or isinstance(wrapper, dict):  # still a config: a run that only tests
        return []
    wrappers = wrapper.values() if hasattr(wrapper, 'optim_wrappers') else [wrapper]
    return [each.optimizer for each in wrappers]
