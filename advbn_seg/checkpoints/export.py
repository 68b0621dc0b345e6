"""Checkpoints of AdvBN trainings as plain ones of the stock model."""
from pathlib import Path

from mmengine.runner import CheckpointLoader

from ..errors import UserError
from ..network.dual_norm import plain_state_dict
from ..runtime import safe_loading  # noqa: F401  no checkpoint runs code
from ..runtime.checkpoint_fit import named_tensors
from .saving import save


def export_checkpoint(source, out, norm_branch='main'):
    """Write the weights of a checkpoint, with the norms of one branch and without optimiser, schedules and logs.

    Args:
        source (str | Path): checkpoint that mmengine's Runner saved; with an EMA hook, its averaged weights count.
        out (str | Path): file to write.
        norm_branch: 'main' or 'aux'.

    Returns:
        dict: the state dict that was written.

    Raises:
        FileExistsError: rather than overwrite `out`.
        UserError: if the source cannot be read, or has no state dict, or no auxiliary norms for 'aux'.
    """
    if Path(out).exists():
        raise FileExistsError(f'{out} exists already: delete it, or give another name')
    checkpoint = CheckpointLoader.load_checkpoint(str(source), map_location='cpu', logger='silent')
    if 'state_dict' not in checkpoint:
        first = ', '.join(map(repr, list(checkpoint)[:3])) or 'nothing'
        raise UserError(f"checkpoint {source} has no 'state_dict'; its first entries are {first}: give one that a "
                        'training saved')
    try:
        state = plain_state_dict(named_tensors(checkpoint['state_dict'], source), norm_branch)
    except ValueError as error:
        raise UserError(f'checkpoint {source}: {error}') from error
    meta = checkpoint.get('meta')
    about = {key: value for key, value in (meta if isinstance(meta, dict) else {}).items() if key != 'cfg'}  # our hook
    save(dict(meta=about, state_dict=state), out)
    return state
