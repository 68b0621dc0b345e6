"""Train methods on the sources of a benchmark over several seeds, and score all in one report.

    advbn-seg experiments mini_synthia
    advbn-seg experiments camvid --seeds 0 --methods baseline advbn
    advbn-seg experiments camvid --cfg-options model.backbone.init_cfg.checkpoint=mobilenet_v2.pth
    advbn-seg experiments mini_synthia --sources highway_dawn --seeds 0 --methods advbn_running \\
        --eps 0.1 0.2 0.4 --domains configs/held_out/mini_synthia_corruptions.py --out work_dirs/reports/eps
    advbn-seg experiments digits --methods baseline finetune advbn --out work_dirs/reports/figure4 \\
        --sweep num_steps=1,2,3,4,6,8 eps=0.1,0.3,0.5,0.7,1.1,1.5    # as in Figure 4
    advbn-seg experiments mini_synthia --methods baseline --verify    # exit status 1 where a number differs
    advbn-seg experiments labelmefacade --methods baseline finetune --dry-run    # hours, also on GPUs
    advbn-seg experiments digits    # classification: one source, scored on corruptions, filters and another set

Interrupted, the same command goes on where it stopped. Each run is a plain `advbn-seg train` in
work_dirs/experiments/CONFIG/seedN, with its settings in run.json. Benchmarks, sources, methods, and the method that
another starts from are read from the configs.
"""
from pathlib import Path

from .. import config_files
from ..errors import UserError
from .arguments import at_least, folder, option


def add_arguments(parser):
    parser.add_argument('benchmark', choices=config_files.benchmarks(), help='a benchmark of the configs')
    parser.add_argument('--sources', nargs='+', help='which of its sources (all)')
    parser.add_argument('--methods', nargs='+', metavar='METHOD',
                        help='which of configs/methods, or photometric_METHOD (those with a config beside that of a '
                             'baseline)')
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2], help='(0 1 2)')
    parser.add_argument('--eps', nargs='+', type=float, help='the same as --sweep eps=...')
    parser.add_argument('--sweep', nargs='+', metavar='ARGUMENT=VALUE,...',
                        help="arguments of the methods' hooks instead of the configs' own, a training for each value; "
                             'those of several arguments go together, and eps alone brings step_size eps / 2 along')
    parser.add_argument('--domains', type=config_files.find, metavar='FILE',
                        help="config with other 'domains' to score on; see advbn-seg matrix")
    parser.add_argument('--jobs', type=at_least(1),
                        help='trainings at a time (one per core, or one where there is a GPU)')
    parser.add_argument('--out', type=folder, help='folder of the report (work_dirs/reports/BENCHMARK), or of the '
                                                 'forecast.csv that a --dry-run can keep')
    parser.add_argument('--dry-run', action='store_true',
                        help='say what the trainings that are left will cost, and do not train')
    parser.add_argument('--verify', action='store_true', help="hold the numbers against the configs' key 'expected'")
    parser.add_argument('--cfg-options', nargs='+', type=option, default=[], metavar='KEY=VALUE',
                        help='changes to every config')


def run(args):
    if args.verify and args.domains:
        raise UserError("what a config expects holds for its own 'domains': give --verify or --domains")
    if args.eps and args.sweep:
        raise UserError('--eps is a sweep: give --sweep eps=... step_size=... alone')

    from contextlib import closing

    import torch
    from rich.console import Console

    from ..evaluation.runs import read_domains
    from ..experiments.experiment import Experiment
    from ..experiments.next_steps import next_steps
    from ..experiments.plan import Benchmarks
    from ..experiments.progress import watching
    from ..experiments.queue import Queue, terminated_like_interrupted
    from ..experiments.sweeps import read_points
    from ..experiments.verify import expectations, verify
    from ..runtime.host import usable_cores

    if args.domains:
        read_domains(args.domains)  # which is needed when all is trained
    out = args.out or Path('work_dirs/reports') / args.benchmark
    jobs = args.jobs or (1 if torch.cuda.is_available() else usable_cores())
    with terminated_like_interrupted():
        points = [(('eps', radius),) for radius in args.eps or ()] or read_points(args.sweep or ()) or [()]
        runs = Benchmarks(config_files.CONFIGS).plan(args.benchmark, args.sources, args.methods, args.seeds, points)
        expected = expectations(runs) if args.verify else {}
        experiment = Experiment(runs, Queue(jobs), out, args.cfg_options, args.domains)
        if args.dry_run:
            return dry_run(experiment, args.out)
        with watching(runs, Console()) as watch, closing(experiment.trained()) as trained:
            for each in trained:
                watch.done(each)
        experiment.report()
        print('\nWhat next', *next_steps(experiment, args.benchmark, args.sources), sep='\n')
        if args.verify:
            lines, reached = verify(expected, out / 'matrix.json')
            print(*lines, sep='\n')
            return not reached


def dry_run(experiment, folder=None):
    """Show what the trainings of an experiment will cost that are not done yet; a folder keeps it as forecast.csv."""
    import torch
    from rich.console import Console

    from ..experiments.forecast import forecast
    from ..experiments.forecast_table import forecast_texts, write_forecasts

    torch.set_num_threads(experiment.queue.threads)
    rows = [(name, count, start, forecast(cfg)) for name, count, start, cfg in experiment.left()]
    if not rows:
        print('All of these trainings are done.')
        return
    Console().print(*forecast_texts(rows, experiment.queue.jobs))
    if folder:
        write_forecasts(folder / 'forecast.csv', rows)
        print(f'Written: {folder / "forecast.csv"}')
