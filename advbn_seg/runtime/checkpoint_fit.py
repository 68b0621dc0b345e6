"""A checkpoint that does not fit its model is refused; mmengine only warns, and goes on with random weights."""
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper

from ..errors import UserError
from .compat.runner import loaded_checkpoint


def check_fit(model, state_dict, name):
    """Sees that a state dict has all that a model needs; it may have more, such as auxiliary norms.

    Args:
        model (nn.Module): it may be left with part of the state dict loaded.
        state_dict (dict): names that begin with `module.` count without it.
        name (str | Path): of the checkpoint.

    Raises:
        UserError: naming what is missing or has another shape.
    """
    state = {key.removeprefix('module.'): value for key, value in state_dict.items()}
    advice = ('use the config that it was trained with, or, to start from what fits of it, name it in model.init_cfg '
              'in the place of load_from')
    wanted = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    others = [key for key, shape in wanted.items() if tuple(getattr(state.get(key), 'shape', shape)) != shape]
    if others:
        key = others[0]
        raise UserError(
            f'checkpoint {name} is of another model: its {key} has the shape {tuple(state[key].shape)}, but the config '
            f'has {wanted[key]} (another number of classes or channels; {len(others)} such in all); {advice}')
    missing = [key for key in model.load_state_dict(state, strict=False).missing_keys
               if not key.endswith('num_batches_tracked')]
    if missing:
        raise UserError(f'checkpoint {name} is of another architecture: it lacks {len(missing)} of the '
                        f"{len(wanted)} entries of the config's model, such as {missing[0]}; {advice}")


class CheckpointFitHook(Hook):
    """Refuses a checkpoint that the Runner would load into another model; for `runner.register_hook`.

    Args:
        name (str | Path, optional): of the checkpoint; the one that the Runner loads or resumes from if not given.
    """

    def __init__(self, name=None):
        self.name = name

    def after_load_checkpoint(self, runner, checkpoint):
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        check_fit(model, checkpoint.get('state_dict', checkpoint),
                  self.name or loaded_checkpoint(runner))
