"""The record of each run beside its checkpoints, `run.json`: the settings, the machine and the time of a training.

Two trainings of one digest have the same settings; their numbers may still differ where the processors do, as torch
computes otherwise with other instructions.
"""
from pathlib import Path

import torch

from ..errors import UserError
from ..evaluation.fingerprint import digest
from ..evaluation.training_log import RECORD, read_record
from ..runtime.atomic_io import write_json
from ..runtime.host import host
from ..runtime.resuming import own_checkpoint

NOT_OF_TRAINING = ('domains', 'expected', 'test_sets', 'titles')  # keys of a config that only its evaluation reads


def open_record(run, options):
    """Return the record of a run, as it was left, or a new one where there is no checkpoint yet, or no more.

    Args:
        run (Run): to be trained with these options.
        options (list[str]): all of `--cfg-options`.

    Raises:
        UserError: The run's folder has checkpoints of a training with other settings, or of one that is not ours.
    """
    settings = settings_digest(run.cfg, options)
    found = read_record(run.folder / RECORD)
    has_checkpoint = (run.folder / 'last_checkpoint').exists()
    if found.get('settings') == settings and (has_checkpoint or not found.get('finished')):
        return found
    if has_checkpoint:
        raise UserError(f'{run.folder} has a training with other settings: move it away, and run the same command '
                        'again')
    return dict(name=run.name, method=run.method, source=run.source, seed=run.seed, options=options,
                settings=settings, torch=torch.__version__, host=host(), seconds=0., finished=False)


def save_record(run, record):
    write_json(run.folder / RECORD, record)


def is_trained(run):
    """Return whether a run has been trained to its end, and its checkpoint is still there."""
    return read_record(run.folder / RECORD).get('finished', False) and (run.folder / 'last_checkpoint').exists()


def take_back_divergence(folder):
    """Have the record of a training no longer say that it diverged, as it has come to its end since."""
    record = read_record(Path(folder) / RECORD)
    if record.pop('diverged', None):
        write_json(Path(folder) / RECORD, record)


def seconds_before_a_kill(run, record):
    """Return the seconds from the last start to the last checkpoint, where that start has not recorded its end.

    So it is after SIGKILL or a power cut; what came after the checkpoint is done again.
    """
    checkpoint = Path(own_checkpoint(run.folder) or '')
    return max(0, checkpoint.stat().st_mtime - record['began']) if 'began' in record and checkpoint.is_file() else 0


def settings_digest(cfg, options):
    """Return the SHA-256 of all that a training depends on besides code, data and machine."""
    config = {key: value for key, value in cfg.to_dict().items() if key not in NOT_OF_TRAINING}
    return digest([config, options])
