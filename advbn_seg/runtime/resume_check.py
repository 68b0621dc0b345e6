"""The check that a checkpoint has all that its training needs; mmengine goes on without, or breaks anywhere."""
from mmengine.hooks import Hook

from ..errors import UserError
from .compat.runner import is_resuming, loaded_checkpoint
from .forms import KeptFor, Some, difference


class ResumeCheckHook(Hook):
    """Refuses to resume from a checkpoint that lacks part of the training's state; for `runner.register_hook`.

    The hook looks for all that mmengine saves, and for the state of each hook that has a `checkpoint_key`. Such a hook
    may have a method `checkpoint_form(runner)` that gives the form of its state.

    Args:
        anyway (bool): only warn where something is missing; the other parts must be whole all the same.

    Raises:
        UserError: naming what is missing or broken.
    """

    priority = 'HIGHEST'  # before any hook reads the checkpoint

    def __init__(self, anyway=False):
        self.anyway = anyway

    def after_load_checkpoint(self, runner, checkpoint):
        if not is_resuming(runner):
            return
        name, forms = loaded_checkpoint(runner), state_forms(runner)
        if broken := broken_part(forms, checkpoint):
            raise UserError(f'checkpoint {name} cannot be resumed from: {broken}; resume from another one, or start '
                            'from its weights with load_from')
        missing = [key for key in forms if key not in checkpoint]
        wrong = f'it lacks the state of {", ".join(missing)}' if missing else beyond_the_end(runner, checkpoint['meta'])
        if wrong and not self.anyway:
            raise UserError(f'checkpoint {name} cannot be resumed from: {wrong}; resume from another one, start from '
                            'its weights with load_from, or add --resume-anyway to go on all the same')
        if wrong:
            runner.logger.warning(f'The training goes on from checkpoint {name}, although {wrong}.')


def state_forms(runner):
    """Return the forms of a checkpoint's entries beside the weights, by key, for this training."""
    wrapper, schedulers = runner.optim_wrapper, runner.param_schedulers
    several = hasattr(wrapper, 'optim_wrappers')  # an OptimWrapperDict
    forms = dict(optimizer={name: optimizer_form(each) for name, each in wrapper.items()} if several
                 else optimizer_form(wrapper))
    if isinstance(schedulers, dict):
        forms['param_schedulers'] = {name: [each.state_dict() for each in group] for name, group in schedulers.items()}
    elif schedulers is not None:
        forms['param_schedulers'] = [each.state_dict() for each in schedulers]
    for hook in runner.hooks:
        if hasattr(hook, 'checkpoint_key'):
            forms[hook.checkpoint_key] = hook.checkpoint_form(runner) if hasattr(hook, 'checkpoint_form') else {}
    return forms


def optimizer_form(wrapper):
    """Return the form of an optimiser's state: as many parameters, each with tensors of its own shape."""
    groups, kept = [], {}
    for group in wrapper.optimizer.param_groups:  # those of the wrapper have one of mmengine's own besides
        numbers = range(len(kept), len(kept) + len(group['params']))
        kept.update({number: KeptFor(parameter) for number, parameter in zip(numbers, group['params'])})
        groups.append(dict(params=list(numbers), lr=group['lr']))
    return dict(state=Some(kept), param_groups=groups)


def broken_part(forms, checkpoint):
    """Return in words the part of a checkpoint that mmengine could not read, or None."""
    meta = checkpoint.get('meta')
    if not isinstance(meta, dict) or 'message_hub' not in checkpoint:
        return 'it holds weights only'
    for key in ('epoch', 'iter', 'seed'):
        value = meta.get(key, 0 if key == 'seed' else None)
        if not (type(value) is int and value >= 0 or key == 'seed' and value is None):
            return f'meta.{key} is {value!r}, but a number from 0 was expected'
    forms = dict(forms, message_hub=dict(log_scalars={}, runtime_info={}, resumed_keys={}))
    present = ((form, checkpoint[key], key) for key, form in forms.items() if key in checkpoint)
    return next(filter(None, (difference(*each) for each in present)), None)


def beyond_the_end(runner, meta):
    """Return in words that a checkpoint is of a later iteration than this training has, or None."""
    end = runner.train_loop.max_iters
    return f'it is of iteration {meta["iter"]}, but this training ends at {end}' if meta['iter'] > end else None
