"""An experiment: its runs are trained and scored for one report; the same call goes on where it stopped."""
import copy
import subprocess
import sys
import time

from ..errors import Diverged, UserError
from ..evaluation.classification.test_sets import flags_of
from ..evaluation.results import BASELINE, CONTROL
from ..evaluation.runs import find_checkpoint
from ..evaluation.training_log import diverged
from ..network.branches import NORM_CHOICES
from ..runtime.cfg_options import options
from ..runtime.hook_configs import has_auxiliary_norms
from ..runtime.run_lock import one_writer
from .queue import PYTHON, CommandFailed
from .record import is_trained, open_record, save_record, seconds_before_a_kill
from .sweeps import record_sweep


class Experiment:
    """Some runs, by the commands of advbn-seg.

    Args:
        runs (list[Run]): in the order of the report.
        queue (Queue): works on the runs.
        out (Path): folder of the report.
        options (list[str]): `--cfg-options` of every run.
        domains (str, optional): config with other domains to score on.
    """

    def __init__(self, runs, queue, out, options=(), domains=None):
        self.runs, self.queue, self.out = runs, queue, out
        self.options, self.domains = list(options), domains

    def trained(self):
        """Yield each run when it is trained or has diverged; a classifier's usual sets are scored then, too.

        What starts from a run that has diverged is left out.

        Raises:
            UserError: A run starts from one that is neither among these nor trained, its folder has a training with
                other settings, or a command failed.
        """
        self._check_runs()
        order = sorted(self.runs, key=lambda run: (run.seed, run.start is not None,
                                                   not has_auxiliary_norms(self._config(run))))
        yield from self.queue.each(order, self._train_and_score, lambda run: run.start)

    def left(self):
        """Return the trainings that are not done yet, one of each config, as seeds cost alike.

        Returns:
            list: (name, how many seeds, name of the training that it starts from or '', config).

        Raises:
            UserError: As of `trained`, but for commands.
        """
        self._check_runs()
        found = {}
        for run in self.runs:
            if run.start and diverged(run.start.folder):
                continue
            record = open_record(run, self._options(run)) if is_trained(run) or diverged(run.folder) else {}
            if not has_ended(record):
                name = ', '.join([run.name, *(f'{key} {value}' for key, value in run.point)])
                found.setdefault(name, []).append(run)
        return [(name, 1 + len(others), run.start.name if run.start else '', self._config(run))
                for name, (run, *others) in found.items()]

    def _check_runs(self):
        for run in self.runs:
            if 'test_sets' in run.cfg and not self.domains:
                flags_of(self._config(run))
            if run.start and run.start not in self.runs:
                if not is_trained(run.start) and not diverged(run.start.folder):
                    raise UserError(f'{run.name} starts from {run.start.name} with seed {run.seed}, which is not '
                                    f'trained: add {run.start.method} to --methods')
                open_record(run.start, self._options(run.start))

    def _train_and_score(self, run):
        if run.start and not is_trained(run.start):
            return
        self._train(run)
        if not is_trained(run):
            return
        cfg = self._config(run)
        if 'test_sets' in cfg and not self.domains:  # a classifier's rows go to a robustness.json of its own
            sets = [word for name, value in flags_of(cfg).items() for word in (f'--{name.replace("_", "-")}', value)]
            branches = ['--norm-branch', *NORM_CHOICES] if has_auxiliary_norms(cfg) else []
            self.queue.call(['robustness', run.folder / f'{run.name}.py', find_checkpoint(run.folder), *sets, *branches,
                             '--out', run.folder / 'robustness'], run.folder / 'robustness.log')

    def _config(self, run):
        """Return the config that a run is trained with, but for the weights that it starts from."""
        return with_options(run.cfg, [*run.options(), *self.options])

    def _options(self, run):
        """Return all `--cfg-options` of a run, whose start is trained."""
        start = [f'load_from={find_checkpoint(run.start.folder)}'] if run.start else []
        return [*run.options(), *self.options, *start]

    def _train(self, run):
        options = self._options(run)
        if not has_ended(open_record(run, options)):
            with one_writer(run.folder, option=None, name='.experiment'):  # .lock is that of `train`
                self._train_alone(run, options)

    def _train_alone(self, run, options):
        record = open_record(run, options)
        if has_ended(record):  # by another call, since
            return
        record['seconds'] += seconds_before_a_kill(run, record)
        record['began'] = time.time()
        save_record(run, record)
        method = [] if run.config.stem == run.name else ['--method', run.method]
        began = time.monotonic()  # which no clock that is set moves
        try:
            self.queue.call(['train', run.config, *method, '--resume', '--work-dir', run.folder,
                             '--cfg-options', *options], run.folder / 'train.log')
            record['finished'] = True
        except CommandFailed as error:
            if error.code != Diverged.exit_code:
                raise
            record['diverged'] = error.said.removeprefix('error: ')
        finally:
            record['seconds'] = round(record['seconds'] + time.monotonic() - began, 1)
            del record['began']
            save_record(run, record)

    def report(self):
        """Write the matrix of segmentors, or the tables of classifiers, and the pictures of a sweep, and show them.

        Raises:
            UserError: No run is trained.
        """
        if not self._trained():
            raise UserError('no training came to its end, so there is nothing to report: choose other settings')
        self._report()
        if any(run.point for run in self.runs):
            record_sweep([run for run in self.runs if is_trained(run) or diverged(run.folder)], self.out)
            self._show('plot-sweep')

    def _trained(self):
        return list(filter(is_trained, self.runs))

    def _report(self):
        classifiers, trained = 'test_sets' in self.runs[0].cfg, self._trained()
        if classifiers and not self.domains:
            self._show('robustness', '--from-json',
                       *(run.folder / 'robustness' / 'robustness.json' for run in trained))
            return
        options = ['--domains', self.domains] if self.domains else []
        if any(has_auxiliary_norms(self._config(run)) for run in trained):
            options += ['--norm-branch', *(NORM_CHOICES if classifiers else ('main', 'aux'))]
        baselines = {run.source for run in trained if run.method == BASELINE}
        others = (run for run in trained if run.method not in (BASELINE, CONTROL))
        if not classifiers and any(run.source in baselines for run in others):
            options.append('--examples')
        rows = [run.folder for run in self.runs if run in trained or diverged(run.folder) and not classifiers]
        self._show('robustness' if classifiers else 'matrix', *rows, *options)

    def _show(self, *command):
        done = subprocess.run([*PYTHON, *map(str, (*command, '--out', self.out))])
        if done.returncode:
            sys.exit(done.returncode)  # it has said why


def has_ended(record):
    """Return whether a training has come to its end, or has diverged."""
    return bool(record.get('finished') or record.get('diverged'))


def with_options(cfg, words):
    """Return a copy of a config with `--cfg-options` of it."""
    cfg = copy.deepcopy(cfg)
    cfg.merge_from_dict(options(words))
    return cfg
