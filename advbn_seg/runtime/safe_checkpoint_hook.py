"""Checkpoints that are whole or not there."""
import re
from pathlib import Path, PurePosixPath
from string import Formatter

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.registry import HOOKS

from ..errors import UserError
from .atomic_io import write_durably
from .compat.checkpoints import LateRemovalHook
from .compat.runner import is_resuming
from .run_lock import hold, release

ATOMIC = 'advbn_seg.atomic'  # backend_args=dict(backend=ATOMIC)


@register_backend(ATOMIC)
class AtomicBackend(LocalBackend):
    """mmengine's local files, written in one step."""

    def put(self, obj, filepath):
        write_durably(filepath, obj)


def point_to(runner, checkpoint):
    """Make a complete checkpoint the one that resuming begins from."""
    write_durably(Path(runner.work_dir) / 'last_checkpoint', checkpoint.encode())


@HOOKS.register_module()
class SafeCheckpointHook(LateRemovalHook):
    """mmengine's `CheckpointHook`, with its arguments, where a kill or a full disk never costs a checkpoint.

        default_hooks = dict(checkpoint=dict(type='advbn_seg.hooks.SafeCheckpointHook', interval=1))

    Files are written in one step, `last_checkpoint` follows when its checkpoint is complete, and only then does an
    older one go, last or best. Checkpoints on a remote storage are left to its backend. No other training writes into
    the work dir meanwhile (`run_lock.py`).

    A resumed checkpoint names others that may be removed. Of these names only the last part counts, in the run's own
    folder, and only where this hook gives such names. So no file has a run remove or write a file of somebody else. A
    training that begins anew in a used folder takes back its `last_checkpoint`: a kill must not resume the old one.

    Raises:
        UserError: `filename_tmpl` is not the name of a file with a place for a number, such as 'epoch_{}.pth'.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        try:
            names = {self.filename_tmpl.format(step) for step in (1, 2)}
        except (LookupError, ValueError):
            names = set()
        if len(names) < 2 or any(Path(name).name != name for name in names):
            raise UserError(f"filename_tmpl is {self.filename_tmpl!r}, but the name of a file with a place for the "
                            "number of the epoch was expected, such as 'epoch_{}.pth'; a folder belongs in out_dir")

    def before_train(self, runner):
        if is_main_process():
            hold(runner.work_dir)
            if not is_resuming(runner):  # from where an earlier training in this folder ended
                (Path(runner.work_dir) / 'last_checkpoint').unlink(missing_ok=True)
        super().before_train(runner)
        if type(self.file_backend) is LocalBackend:
            self.backend_args = dict(backend=ATOMIC)

    def after_run(self, runner):
        release(runner.work_dir)

    def own(self, path, best=False):
        name = PurePosixPath(path).name if isinstance(path, str) else ''
        parts = Formatter().parse(self.filename_tmpl)
        pattern = ''.join(re.escape(text) + ('' if field is None else r'\d+') for text, field, *_ in parts)
        if not re.fullmatch(f'best_.+_{pattern}' if best else pattern, name):
            return None
        place = self.file_backend.join_path(self.out_dir, name)
        return place if self.file_backend.exists(place) else None

    def saving(self, runner):
        runner.call_hook('before_saving')

    def saved(self, runner, path):
        point_to(runner, path)
