"""The checkpoint that a run goes on from, and whose it is."""
from pathlib import Path

from ..errors import UserError
from .compat.runner import is_resuming, named_checkpoint, resume_from
from .configs import configs_in


def own_checkpoint(work_dir):
    """Return the last checkpoint of a run, or None where the run has none yet.

    A work dir that was moved or copied has the checkpoint beside the `last_checkpoint` that names the old place. One
    with `checkpoint.out_dir` has it elsewhere, in a folder without a `last_checkpoint`.

    Raises:
        UserError: the checkpoint that `last_checkpoint` names is not there.
    """
    pointer = Path(work_dir) / 'last_checkpoint'
    if not pointer.is_file():
        return None
    named = pointer.read_text(errors='replace').strip()
    if '://' in named:  # of a remote storage
        return named
    there, beside = Path(named), Path(work_dir, Path(named).name)
    copied = Path(there.parent, 'last_checkpoint').exists()
    for path in (beside, there) if copied else (there, beside):
        if path.is_file() or path.suffix and path.exists():  # DeepSpeed's are folders
            return str(path)
    raise UserError(f'{pointer} names the checkpoint {named!r}, which is neither there nor beside it: write the '
                    'name of another into this file, or remove the file to begin anew')


def check_work_dir(cfg):
    """See that the checkpoints in a training's work dir are its own, as far as the names of configs say.

    Raises:
        UserError: The folder has checkpoints, and the config beside them has another name.
    """
    folder, name = Path(cfg.work_dir), Path(cfg.filename).name
    if not (folder / 'last_checkpoint').is_file():
        return
    names = [path.name for path in configs_in(folder)]
    if names and name not in names:
        raise UserError(f'{folder} has the training of {names[0]}, and this config is called {name}: choose another '
                        f'--work-dir, or, where both are of one training, rename {names[0]} there to {name}')


def resume_own_run(runner):
    """Have a resumed run go on from its own last checkpoint, and from `load_from` only where there is none yet.

    mmengine resumes from `load_from` itself where a config names one; in a fine-tuning that is the baseline.

    Raises:
        UserError: see `own_checkpoint`.
    """
    load_from = named_checkpoint(runner)
    if not is_resuming(runner) or load_from and Path(load_from).resolve().parent == Path(runner.work_dir).resolve():
        return
    own = own_checkpoint(runner.work_dir)
    if own or load_from:
        resume_from(runner, own)
        runner.logger.info(f'This run resumes from {own}.' if own else
                           f'This run has no checkpoint yet: it starts from the weights of {load_from}.')
