"""AdvBN training for any mmseg segmentor or mmpretrain classifier, from one line of its config."""
from functools import partial

from mmengine.hooks import Hook
from mmengine.registry import HOOKS

from ..adversarial import NORM_CHOICES, AdvBN, nearest_branch
from ..errors import UserError
from ..network.dual_norm import reset_twins
from ..runtime.compat.heads import without_accuracy
from ..runtime.compat.runner import is_resuming, rewrap, unwrapped
from ..runtime.resuming import resume_own_run
from .attach import dry_run, layer_path, refuse_checkpointing, refuse_unknown


@HOOKS.register_module()
class AdvBNHook(Hook):
    """Adds AdvBN's adversarial loss to every training step, and runs the asked norms in validation and test.

        custom_hooks = [dict(type='advbn_seg.hooks.AdvBNHook', layer='backbone.layer1')]
        load_from = 'the_baseline.pth'

    The model gets its auxiliary norms in `before_run`: after the Runner has built the optimiser, to whose parameter
    groups they are added, and before it loads a checkpoint. The adversarial losses join the clean ones as `adv.*`,
    with `adv.delta_mean` and `adv.delta_std`, the mean distance that the deltas moved from 1. As `loss` is the sum of
    all, a classifier's own becomes `clean.loss`.

    Each head's loss is in both passes. A head that reads the layer's output, or what comes of it, sees the perturbed
    one in the second. An auxiliary head that reads the frozen prefix sees the same feature in both: its loss counts
    twice, through either set of its norms, and moves no delta; halve its loss_weight to weigh it as before.

    Args:
        layer: path of the module after which AdvBN sits; None for that of the config's key `perturbed_layer`, or of a
            backbone that knows it (`AdvBNResNet`).
        num_steps, step_size, eps: m, tau and epsilon of the attack.
        norm_branch: norms that validation and test run through: 'main' (as in the paper's Table 3), 'aux', or 'auto',
            for each batch those that it is nearer to (see `nearest_branch`).
        clean_first: backpropagate the clean loss before the ascent: the same gradients, in about half the memory.
        options: further arguments of `AdvBN`: clamp, auxiliary, adversarial_statistics, train_prefix, start,
            attack_every, subsample, ascent_precision, fold_norms, over_ranks.

    Raises:
        UserError: if an argument is out of range or the layer cannot serve.
    """

    checkpoint_key = 'advbn'  # of its state in checkpoints
    method = AdvBN
    priority = 'VERY_HIGH'  # hooks that copy the model (EMA) must find it with its auxiliary norms

    def __init__(self, layer=None, num_steps=3, step_size=0.2, eps=0.5, norm_branch='main', clean_first=False,
                 **options):
        refuse_unknown(options, self.method)
        if norm_branch not in NORM_CHOICES:
            raise UserError(f"norm_branch must be 'main', 'aux' or 'auto', found {norm_branch!r}")
        if norm_branch != 'main' and not options.get('auxiliary', True):
            raise UserError(f'norm_branch={norm_branch!r} needs the auxiliary norms that auxiliary=False leaves out')
        if layer is None and options.get('train_prefix'):
            raise UserError("train_prefix=True needs a backbone that does not freeze its prefix: use ResNet in the "
                            "place of AdvBNResNet, and name the layer, as in layer='backbone.layer1.2'")
        self.layer = layer
        self.norm_branch = norm_branch
        self.clean_first = clean_first
        self.attack = dict(num_steps=num_steps, step_size=step_size, eps=eps, **options)
        self.advbn = None
        self._inference = None
        self._loaded = False

    def before_run(self, runner):
        if self.advbn is not None:
            return
        refuse_checkpointing(runner)
        model = unwrapped(runner.model)
        self.advbn = self._attach(runner, model)
        for optimizer in _optimizers(runner):
            self.advbn.add_twins_to(optimizer)
        rewrap(runner)
        resume_own_run(runner)

    def _attach(self, runner, model):
        return self.method(model, layer_path(runner, self.layer), trace=dry_run(model), **self.attack)

    def after_load_checkpoint(self, runner, checkpoint):
        self._loaded = True
        if is_resuming(runner) and self.checkpoint_key in checkpoint:
            self.advbn.load_state_dict(checkpoint[self.checkpoint_key])

    def checkpoint_form(self, runner):
        """Return the form of this hook's state in a checkpoint; see `ResumeCheckHook`."""
        return self.advbn.state_dict()

    def before_save_checkpoint(self, runner, checkpoint):
        checkpoint[self.checkpoint_key] = self.advbn.state_dict()

    def before_train(self, runner):
        model = unwrapped(runner.model)
        if runner.iter == 0 and not self._loaded:
            reset_twins(model)  # init_cfg, which comes after before_run, sets main norms only where it names them
        backward = partial(_backward, runner.optim_wrapper) if self.clean_first else None
        model.forward = partial(self._forward, model, model.forward, backward)

    def after_train(self, runner):
        del unwrapped(runner.model).forward

    def _forward(self, model, forward, backward, *args, mode='tensor', **kwargs):
        def run():
            return forward(*args, mode=mode, **kwargs)

        def ascend():
            with without_accuracy():
                return run()

        if mode != 'loss' or not model.training:
            return run()
        clean, adversarial = self.advbn.losses(run, backward, ascend)
        if 'loss' in clean:  # mmengine logs the sum of all by this name
            clean['clean.loss'] = clean.pop('loss')
        return {**clean, **{f'adv.{name}': value for name, value in {**adversarial, **self.advbn.moved()}.items()}}

    def _enter_inference(self, runner):
        auto = self.norm_branch == 'auto'
        self._inference = nearest_branch(unwrapped(runner.model)) if auto else self.advbn.branch(self.norm_branch)
        self._choices = self._inference.__enter__()

    def _leave_inference(self, runner):
        self._inference.__exit__(None, None, None)
        if self._choices:  # of 'auto'
            runner.message_hub.update_info('aux_share', self._choices['aux'] / self._choices.total())
            runner.logger.info(f'batches through each set of norms: {dict(self._choices)}')
        self._inference = self._choices = None

    def before_val(self, runner):
        self._enter_inference(runner)

    def after_val(self, runner):
        self._leave_inference(runner)

    def before_test(self, runner):
        self._enter_inference(runner)

    def after_test(self, runner):
        self._leave_inference(runner)


def _backward(optim_wrapper, loss):
    """Adds the gradients of a loss to those of the loss that the wrapper will be given in the same step."""
    loss = optim_wrapper.scale_loss(loss)
    scaler = getattr(optim_wrapper, 'loss_scaler', None)
    (loss if scaler is None else scaler.scale(loss)).backward()


def _optimizers(runner):
    """The torch optimisers of a Runner: none where it only tests, several in an OptimWrapperDict."""
    wrapper = getattr(runner, 'optim_wrapper', None)
    if wrapper is None or isinstance(wrapper, dict):  # still a config: a run that only tests
        return []
    wrappers = wrapper.values() if hasattr(wrapper, 'optim_wrappers') else [wrapper]
    return [each.optimizer for each in wrappers]
