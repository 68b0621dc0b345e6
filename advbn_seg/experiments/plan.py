"""The trainings of a benchmark: each of its sources by each method, over several seeds. All of it stands in configs.

A benchmark and its sources are the configs `BENCHMARK_SOURCE_baseline.py` with the key `benchmark`. Methods are the
files of `configs/methods`. The key `starts_from` of a composed config names the method that this one starts from.
"""
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from mmengine.config import Config

from ..errors import UserError
from ..runtime.configs import config_from_file
from ..runtime.hook_configs import branch_hooks
from .methods import with_method

RUNS = Path('work_dirs/experiments')


@dataclass(frozen=True)
class Run:
    """One training, and where it is.

    Attributes:
        name: `BENCHMARK_SOURCE_METHOD`.
        config: a config of that name, or that of the baseline, to be trained by `--method`.
        cfg: the config with its method.
        eps: a radius that takes the place of the config's.
        start: the training that this one starts from.
    """
    name: str
    source: str
    method: str
    seed: int
    config: Path = field(compare=False)
    cfg: Config = field(compare=False, repr=False)
    eps: float | None = None
    start: 'Run | None' = None

    @property
    def folder(self):
        return RUNS / self.name / (f'seed{self.seed}' if self.eps is None else f'seed{self.seed}_eps{self.eps}')

    def options(self):
        """Return the `--cfg-options` of this run alone: its seed, and its radius with half of it as step size."""
        changes = [f'randomness.seed={self.seed}']
        if self.eps is not None:
            hook = radius_hook(self.cfg)
            changes += [f'custom_hooks.{hook}.eps={self.eps}', f'custom_hooks.{hook}.step_size={self.eps / 2}']
        return changes


class Benchmarks:
    """The benchmarks of a folder of configs.

    Args:
        configs (Path): folder with `*_baseline.py` anywhere in it, and `methods/`.
    """

    def __init__(self, configs):
        self.configs = configs
        self.methods = sorted(path.stem for path in (configs / 'methods').glob('*.py'))
        self.sources = {}  # benchmark: {source: config of its baseline}
        for path in sorted(configs.rglob('*_baseline.py')):
            benchmark = config_from_file(path, import_custom_modules=False).get('benchmark', 'custom')
            source = path.stem.removesuffix('_baseline').removeprefix(f'{benchmark}_')
            self.sources.setdefault(benchmark, {})[source] = path

    def usual_methods(self, benchmark):
        """Return the methods that have a config beside that of a baseline, those from scratch first."""
        paths = self.sources[benchmark].values()
        own = [method for method in self.methods if any(named(path, method).is_file() for path in paths)]
        return sorted(own, key=lambda method: 'starts_from' in self._read(next(iter(paths)), method)[1])

    def plan(self, benchmark, sources=None, methods=None, seeds=(0,), radii=(None,)):
        """Return the runs of some sources (all) by some methods (the usual ones), in the order of the report.

        Raises:
            UserError: The benchmark has no such source, or a method does not fit it.
        """
        known = self.sources[benchmark]
        for source in sources or ():
            if source not in known:
                raise UserError(f"{benchmark} has no source '{source}': choose from {', '.join(known)}")
        runs = [self._run(source, known[source], method, seed, eps) for source in sources or known
                for method in methods or self.usual_methods(benchmark) for seed in seeds
                for eps in (radii if radius_hook(self._read(known[source], method)[1]) is not None else [None])]
        return list(dict.fromkeys(runs))

    def _run(self, source, baseline, method, seed, eps=None):
        config, cfg = self._read(baseline, method)
        start = cfg.get('starts_from')
        return Run(named(baseline, method).stem, source, method, seed, config, cfg, eps,
                   start and self._run(source, baseline, start, seed))

    @cache  # noqa: B019  lives as long as the program
    def _read(self, baseline, method):
        """Return (path, Config): a config of that name anywhere in the folder, else the composed one."""
        own = next(self.configs.rglob(named(baseline, method).name), None)
        return (own, config_from_file(own)) if own else (baseline, with_method(baseline, method))


def named(baseline, method):
    """Return where the config of a method would lie beside that of its baseline."""
    return baseline.with_name(f'{baseline.stem.removesuffix("baseline")}{method}.py')


def radius_hook(cfg):
    """Return the index of the hook whose `eps` `--eps` changes, or None."""
    adversaries = branch_hooks(cfg)
    return next((index for index, hook in enumerate(cfg.get('custom_hooks') or [])
                 if hook in adversaries and 'eps' in hook), None)
