"""The trainings of a benchmark: each of its sources by each method, over several seeds. All of it stands in configs.

A benchmark and its sources are the configs `BENCHMARK_SOURCE_baseline.py` with the key `benchmark`. Methods are the
files of `configs/methods`. The key `starts_from` of a composed config names the method that this one starts from.
"""
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ..errors import UserError
from ..runtime.configs import config_from_file
from .methods import with_method
from .sweeps import fitting, point_options

RUNS = Path('work_dirs/experiments')


@dataclass(frozen=True)
class Run:
    """One training, and where it is.

    Attributes:
        name: `BENCHMARK_SOURCE_METHOD`.
        config: a config of that name, or that of the baseline, to be trained by `--method`.
        cfg: the config with its method.
        point: arguments of the method's hook, as ((argument, value), ...), in the place of the config's.
        start: the training that this one starts from.
    """
    name: str
    source: str
    method: str
    seed: int
    config: Path = field(compare=False)
    cfg: Config = field(compare=False, repr=False)
    point: tuple[tuple[str, Any], ...] = ()
    start: 'Run | None' = None

    @property
    def folder(self):
        return RUNS / self.name / '_'.join([f'seed{self.seed}', *(f'{key}{value}' for key, value in self.point)])

    def options(self):
        """Return the `--cfg-options` of this run alone: its seed, and the arguments of its point."""
        return [f'randomness.seed={self.seed}', *point_options(self.cfg, self.point)]


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

    def plan(self, benchmark, sources=None, methods=None, seeds=(0,), points=((),)):
        """Return the runs of some sources (all) by some methods (the usual ones), in the order of the report.

        Args:
            benchmark, sources, methods, seeds: which.
            points (list[tuple]): each method whose hook takes their arguments is trained at each; see `sweeps`.

        Raises:
            UserError: The benchmark has no such source, a method does not fit it, or none takes the arguments.
        """
        known = self.sources[benchmark]
        for source in sources or ():
            if source not in known:
                raise UserError(f"{benchmark} has no source '{source}': choose from {', '.join(known)}")
        runs = [self._run(source, known[source], method, seed, point) for source in sources or known
                for method in methods or self.usual_methods(benchmark) for seed in seeds
                for point in fitting(self._read(known[source], method)[1], points)]
        if any(points) and not any(run.point for run in runs):
            raise UserError(f'no hook of the methods {", ".join(dict.fromkeys(run.method for run in runs))} takes '
                            f'{", ".join(dict(points[0]))}: choose methods such as advbn, whose hook takes num_steps, '
                            'step_size, eps and layer')
        return list(dict.fromkeys(runs))

    def _run(self, source, baseline, method, seed, point=()):
        config, cfg = self._read(baseline, method)
        start = cfg.get('starts_from')
        return Run(named(baseline, method).stem, source, method, seed, config, cfg, point,
                   start and self._run(source, baseline, start, seed))

    @cache  # noqa: B019  lives as long as the program
    def _read(self, baseline, method):
        """Return (path, Config): a config of that name anywhere in the folder, else the composed one."""
        own = next(self.configs.rglob(named(baseline, method).name), None)
        return (own, config_from_file(own)) if own else (baseline, with_method(baseline, method))


def named(baseline, method):
    """Return where the config of a method would lie beside that of its baseline."""
    return baseline.with_name(f'{baseline.stem.removesuffix("baseline")}{method}.py')
