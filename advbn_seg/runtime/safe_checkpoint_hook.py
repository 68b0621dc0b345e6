"""Checkpoints that are whole or not there."""
from pathlib import Path

from mmengine.dist import is_main_process
from mmengine.fileio import LocalBackend, register_backend
from mmengine.hooks import CheckpointHook
from mmengine.registry import HOOKS

from .atomic_io import write_durably

ATOMIC = 'advbn_seg.atomic'  # backend_args=dict(backend=ATOMIC)


@register_backend(ATOMIC)
class AtomicBackend(LocalBackend):
    """mmengine's local files, written in one step."""

    def put(self, obj, filepath):
        write_durably(filepath, obj)


def point_to(runner, checkpoint):
    """Makes a complete checkpoint the one that resuming begins from."""
    write_durably(Path(runner.work_dir) / 'last_checkpoint', checkpoint.encode())


@HOOKS.register_module()
class SafeCheckpointHook(CheckpointHook):
    """mmengine's `CheckpointHook`, with its arguments, where the worst moment to be killed or for the disk to be full
    costs no checkpoint.

        default_hooks = dict(checkpoint=dict(type='advbn_seg.hooks.SafeCheckpointHook', interval=1))

    Files are written in one step, `last_checkpoint` follows when its checkpoint is complete, and only then does an
    older one go, last or best. Checkpoints on a remote storage are left to its backend.
    """

    def before_train(self, runner):
        super().before_train(runner)
        self.last_ckpt = runner.message_hub.get_info('last_ckpt')  # of a run that is resumed
        if type(self.file_backend) is LocalBackend:
            self.backend_args = dict(backend=ATOMIC)

    def _save_checkpoint_with_step(self, runner, step, meta):
        outdated = None
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            # With the outdated one, which mmengine deletes when a run that was killed before the end is resumed.
            runner.message_hub.update_info('keep_ckpt_ids', [*self.keep_ckpt_ids, step])
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                outdated = self._path(self.keep_ckpt_ids.popleft())
            self.keep_ckpt_ids.append(step)
        self.last_ckpt = self._path(step)
        runner.message_hub.update_info('last_ckpt', self.last_ckpt)
        runner.call_hook('before_saving')
        runner.save_checkpoint(
            self.out_dir, self.filename_tmpl.format(step), self.file_client_args, meta=meta, by_epoch=self.by_epoch,
            save_optimizer=self.save_optimizer, save_param_scheduler=self.save_param_scheduler,
            backend_args=self.backend_args, **self.args)
        if is_main_process():
            point_to(runner, self.last_ckpt)
            if outdated and self.file_backend.isfile(outdated):
                self.file_backend.remove(outdated)

    def _path(self, step):
        return self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(step))

    def _save_best_checkpoint(self, runner, metrics):
        outdated = []
        self.file_backend.remove = outdated.append  # mmengine removes the old best one first
        try:
            super()._save_best_checkpoint(runner, metrics)
        finally:
            del self.file_backend.remove
        best = {getattr(self, 'best_ckpt_path', None), *getattr(self, 'best_ckpt_path_dict', {}).values()}
        for path in outdated:
            if path not in best:
                self.file_backend.remove(path)
