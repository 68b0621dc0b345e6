"""The checkpoint that a run goes on from."""
from pathlib import Path

from ..errors import UserError
from .compat.runner import is_resuming, named_checkpoint, resume_from


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
        runner.logger.info(f'This run resumes from {own or f"{load_from}, as it has no checkpoint yet"}.')
