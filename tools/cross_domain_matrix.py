"""Scores trained models on every domain of their benchmark and makes the cross-domain matrix.

    python tools/cross_domain_matrix.py work_dirs/synthia_highway_dawn_baseline work_dirs/synthia_highway_dawn_advbn
    python tools/cross_domain_matrix.py work_dirs/synthia_highway_dawn_advbn --norm-branch aux    # adds a row
    python tools/cross_domain_matrix.py --from-json work_dirs/cross_domain/matrix.json    # the outputs, once more
    torchrun --nproc_per_node 4 tools/cross_domain_matrix.py RUN... --launcher pytorch    # GPUs, or CPUs without them

Rows gather in OUT/matrix.json: one per RUN and branch, replaced when the RUN was trained again. What is known is not
measured twice, and an interrupted call goes on where it stopped. The .csv, .md, .tex and .png are made from that file.
"""
import argparse
from pathlib import Path

from mmengine.config import DictAction
from mmengine.dist import init_dist, is_main_process
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from advbn_seg.adversarial import NORM_CHOICES
from advbn_seg.evaluation import CrossDomainMatrix, measure_matrix, open_run
from advbn_seg.reports.matrix import rich_table, write_reports
from advbn_seg.runtime.command_line import check_launcher, errors_in_one_sentence
from advbn_seg.runtime.cpu_ranks import start_cpu_ranks


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('runs', nargs='*', metavar='RUN', help='work dir of one training')
    parser.add_argument('--out', type=Path, help='folder of the matrix (default: work_dirs/cross_domain, or that '
                                                 'of the --from-json file)')
    parser.add_argument('--from-json', type=Path, metavar='FILE', help='make the outputs from this matrix.json')
    parser.add_argument('--norm-branch', choices=NORM_CHOICES, default='main',
                        help='the norms that AdvBN runs are scored with (default: main)')
    parser.add_argument('--domains', type=Path, metavar='FILE',
                        help="config file whose key 'domains' takes the place of that of every RUN")
    parser.add_argument('--batch-size', type=int, help="instead of the config's")
    parser.add_argument('--num-workers', type=int, help="instead of the config's")
    parser.add_argument('--device', help='such as cpu or cuda:0 (default: a GPU if there is one)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='changes to the config of every RUN')
    parser.add_argument('--launcher', choices=('none', 'pytorch', 'slurm', 'mpi'), default='none',
                        help='what started the processes that share the images')
    args = parser.parse_args()
    if bool(args.runs) == bool(args.from_json):
        parser.error('give either one RUN or more, or --from-json FILE')
    return args


def start_ranks(launcher):
    check_launcher(launcher)
    if launcher != 'none' and not start_cpu_ranks(launcher):
        init_dist(launcher)


def measured(args, console):
    """The matrix of the runs, and its folder."""
    out = args.out or Path('work_dirs/cross_domain')
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn('images'), TimeRemainingColumn(),
               TextColumn('{task.description}'))

    def show(total, text, images):
        bar.update(task, total=total, description=text, advance=images)
        if bar.disable and not images:
            console.print(f'measuring {text}', highlight=False)

    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task('reading runs', total=None)
        runs = [open_run(run, args.norm_branch, args.cfg_options, args.domains)
                for run in dict.fromkeys(map(Path, args.runs))]
        bar.update(task, description='checking data')
        matrix = measure_matrix(runs, out / 'matrix.json', args.batch_size, args.num_workers, args.device, show)
    return matrix, out


def main():
    args = parse_args()
    with errors_in_one_sentence():
        start_ranks(args.launcher)
        console = Console(quiet=not is_main_process())
        if not console.is_terminal:
            console.width = 160  # a log has room for the ten targets
        if args.from_json:
            matrix, out = CrossDomainMatrix.load(args.from_json), args.out or args.from_json.parent
        else:
            matrix, out = measured(args, console)
        files = write_reports(matrix, out) if is_main_process() else []
    console.print(rich_table(matrix))
    console.print(f'Written to {out}: {", ".join(file.name for file in files)}', highlight=False, soft_wrap=True)


if __name__ == '__main__':
    main()
