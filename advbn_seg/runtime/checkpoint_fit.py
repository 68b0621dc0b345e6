"""A checkpoint that does not fit its model is refused; mmengine only warns, and goes on with random weights."""
import torch
from mmengine.hooks import Hook

from ..errors import UserError
from ..network.dual_norm import plain_state_dict
from .compat.runner import loaded_checkpoint, unwrapped

ADVICE = ('use the config that it was trained with, or, to start from what fits of it, name it in model.init_cfg in '
          'the place of load_from')


def check_fit(model, state_dict, name, advice=ADVICE, place=None):
    """See that a state dict has all that a model needs; more is allowed, such as auxiliary norms.

    The count of a norm's training steps (`num_batches_tracked`) may be missing: older versions of torch had none.

    Args:
        model (nn.Module): After an error it may have part of the state dict loaded.
        state_dict (dict): Names that begin with `module.` count without it.
        name (str | Path): Of the checkpoint.
        advice (str): What to do where it does not fit.
        place (callable, optional): From the name of an entry to the one in the model whose shape it has; where given,
            an entry with no place is refused.

    Raises:
        UserError: Naming what is missing or too much, has another shape or is no tensor.
    """
    state = {key.removeprefix('module.'): value for key, value in named_tensors(state_dict, name).items()}
    wanted = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    places = {key: place(key) if place else key for key in state}
    others = [key for key in state if places[key] in wanted and _shape(state[key]) != wanted[places[key]]]
    if others:
        key = others[0]
        raise UserError(
            f'checkpoint {name} is of another model: its {key} has the shape {_shape(state[key])}, but the config has '
            f'{wanted[places[key]]} (another number of classes or channels; {len(others)} such in all); {advice}')
    missing = _counted(model.load_state_dict(state, strict=False).missing_keys)
    if missing:
        raise UserError(f'checkpoint {name} is of another architecture: it lacks {len(missing)} of the '
                        f"{len(wanted)} entries of the config's model, such as {missing[0]}; {advice}")
    too_many = _counted(key for key in state if place and places[key] not in wanted)
    if too_many:
        raise UserError(f"checkpoint {name} is of another architecture: the config's model has no place for "
                        f'{len(too_many)} of its entries, such as {too_many[0]}; {advice}')


def named_tensors(state_dict, name):
    """Return a state dict as it is.

    Raises:
        UserError: It is something else.
    """
    if isinstance(state_dict, dict) and all(isinstance(key, str) for key in state_dict):
        return state_dict
    raise UserError(f"checkpoint {name} has no weights by name, but a {type(state_dict).__name__}: give one that a "
                    'training saved')


def _shape(value):
    dense = isinstance(value, torch.Tensor) and value.layout == torch.strided
    return tuple(value.shape) if dense else 'of no dense tensor'


def _counted(keys):
    return [key for key in keys if not key.endswith('num_batches_tracked')]


class CheckpointFitHook(Hook):
    """Refuses a checkpoint that the Runner would load into another model; for `runner.register_hook`.

    Auxiliary norms are left out where the model has none, in a line of the log: mmengine would list each entry.

    Args:
        name (str | Path, optional): Of the checkpoint; the one that the Runner loads or resumes from if not given.
    """

    def __init__(self, name=None):
        self.name = name

    def after_load_checkpoint(self, runner, checkpoint):
        model = unwrapped(runner.model)
        name = self.name or loaded_checkpoint(runner)
        state = named_tensors(checkpoint.get('state_dict', checkpoint), name)
        places = model.state_dict().keys()
        auxiliary = [key for key in state.keys() - plain_state_dict(state).keys()
                     if key.removeprefix('module.') not in places]
        for key in auxiliary:
            del state[key]
        if auxiliary:
            runner.logger.info(f'{name}: {len(auxiliary)} entries of auxiliary norms are left out, as this model has '
                               'none')
        check_fit(model, state, name)
