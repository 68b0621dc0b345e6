"""The config that mmengine dumps into a work dir, which tells how the checkpoints there were trained."""
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import UserError
from .atomic_io import write_durably
from .resuming import own_checkpoint


@contextmanager
def config_of_the_checkpoint(work_dir, name, first=True):
    """Have a training that fails before its first checkpoint leave the config of the checkpoint that is there.

    mmengine dumps the config as soon as a runner is made. A work dir without a checkpoint keeps the new one,
    and so does each where a signal such as SIGTERM has ended the process before its first iteration.

    Args:
        work_dir (str | Path): of the training.
        name (str): of the file that the config is dumped to.
        first (bool): whether this is the first of the processes that train together; the others do nothing.
    """
    config, checkpoint = Path(work_dir, name), first and stamped(work_dir)
    before = config.read_bytes() if checkpoint and config.is_file() else None
    try:
        yield
    except BaseException:
        if checkpoint and checkpoint == stamped(work_dir):
            if before is None:
                config.unlink(missing_ok=True)
            else:
                write_durably(config, before)
        raise


def stamped(work_dir):
    """Return the last checkpoint of a work dir, and when it was written; None where there is none."""
    with suppress(UserError, OSError):  # it is gone, or in a remote storage
        if checkpoint := own_checkpoint(work_dir):
            return checkpoint, Path(checkpoint).stat().st_mtime_ns
    return None
