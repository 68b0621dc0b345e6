"""How mmengine 0.10 loads and keeps checkpoints."""
from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import checkpoint as loading

from ...errors import UserError

KEPT, LAST, BEST = 'keep_ckpt_ids', 'last_ckpt', 'best_ckpt'  # what a checkpoint says of others; BEST begins a name


def replace_loaders(load_file, load_url):
    """Put other functions in the place of the two by which mmengine loads every checkpoint.

    Args:
        load_file (callable): As `load_file(file, map_location=None, weights_only=None)`.
        load_url (callable): As `torch.utils.model_zoo.load_url`.

    Raises:
        UserError: This version of mmengine has no such functions.
    """
    for name, ours in (('_safe_torch_load', load_file), ('load_url', load_url)):
        if not hasattr(loading, name):
            raise UserError(f'this version of mmengine loads checkpoints without {name}, so advbn_seg cannot make it '
                            'safe; run: pip install -U onedl-mmengine')
        setattr(loading, name, ours)


class LateRemovalHook(CheckpointHook):
    """mmengine's hook in another order: an older checkpoint, last or best, goes once the newer one is complete.

    A subclass says where the checkpoints lie that a resumed run remembers (`own`). Two more methods act before and
    after a checkpoint is saved (`saving`, `saved`).
    """

    def own(self, path, best=False):
        """Return where a checkpoint lies that a file counts among this run's, or None for one of another run."""
        raise NotImplementedError

    def saving(self, runner):
        """Act in all processes before a checkpoint is saved."""

    def saved(self, runner, path):
        """Act in the first process once the checkpoint `path` is complete."""

    def before_train(self, runner):
        hub = runner.message_hub
        if KEPT in hub.runtime_info:
            hub.update_info(KEPT, _steps(hub.get_info(KEPT)))
        super().before_train(runner)
        for key in [key for key in hub.runtime_info if key == LAST or str(key).startswith(BEST)]:
            path = self.own(hub.get_info(key), best=key != LAST)
            if path is None:
                hub.pop_info(key)
            else:
                hub.update_info(key, path)
        self.last_ckpt = hub.get_info(LAST)
        if self.save_best and len(self.key_indicators) == 1:
            self.best_ckpt_path = hub.get_info(BEST)
        elif self.save_best:
            self.best_ckpt_path_dict = {key: hub.get_info(f'{BEST}_{key}') for key in self.key_indicators}

    def _save_checkpoint_with_step(self, runner, step, meta):
        outdated = None
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            # With the outdated one, which mmengine deletes when a run that was killed before the end is resumed.
            runner.message_hub.update_info(KEPT, [*self.keep_ckpt_ids, step])
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                outdated = self._path(self.keep_ckpt_ids.popleft())
            self.keep_ckpt_ids.append(step)
        self.last_ckpt = self._path(step)
        runner.message_hub.update_info(LAST, self.last_ckpt)
        self.saving(runner)
        runner.save_checkpoint(
            self.out_dir, self.filename_tmpl.format(step), self.file_client_args, meta=meta, by_epoch=self.by_epoch,
            save_optimizer=self.save_optimizer, save_param_scheduler=self.save_param_scheduler,
            backend_args=self.backend_args, **self.args)
        if is_main_process():
            self.saved(runner, self.last_ckpt)
            if outdated:
                self._remove(outdated)

    def _path(self, step):
        return self.file_backend.join_path(self.out_dir, self.filename_tmpl.format(step))

    def _remove(self, path):
        if self.file_backend.isfile(path):
            self.file_backend.remove(path)
        elif self.file_backend.isdir(path):  # DeepSpeed's
            self.file_backend.rmtree(path)

    def _save_best_checkpoint(self, runner, metrics):
        outdated = []
        self.file_backend.remove = self.file_backend.rmtree = outdated.append  # mmengine removes the old best one first
        try:
            super()._save_best_checkpoint(runner, metrics)
        except KeyError as error:
            if error.args[0] in metrics or error.args[0] not in self.key_indicators:
                raise
            raise UserError(f'the checkpoint hook has save_best={error}, but validation gives '
                            f'{", ".join(metrics)}: choose one of these') from error
        finally:
            del self.file_backend.remove, self.file_backend.rmtree
        best = {getattr(self, 'best_ckpt_path', None), *getattr(self, 'best_ckpt_path_dict', {}).values()}
        for path in outdated:
            if path not in best:
                self._remove(path)


def _steps(found):
    """Return those numbers of epochs or iterations that a file gives as such."""
    return [step for step in found if type(step) is int and 0 <= step < 2 ** 63] if isinstance(found, list) else []
