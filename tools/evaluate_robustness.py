"""Scores a classifier on ImageNet and its variants, whichever are given, beside the paper's Tables 1, 4, 5 and 7.

    python tools/evaluate_robustness.py CONFIG CHECKPOINT --imagenet imagenet/val --imagenet-c imagenet-c \
        --instagram imagenet-instagram --sketch sketch --stylized stylized/val --advbn imagenet-advbn
    python tools/evaluate_robustness.py CONFIG CHECKPOINT --sketch sketch --norm-branch main aux    # Table 7
    torchrun --nproc-per-node 4 tools/evaluate_robustness.py CONFIG CHECKPOINT --imagenet-c imagenet-c
    python tools/evaluate_robustness.py --from-json results/digits/robustness.json    # the tables once more
    python tools/evaluate_robustness.py --from-json A/robustness.json B/robustness.json --out BOTH    # of several

Each of the sets' folders is measured once for a checkpoint, whatever else is asked for; an interrupted call goes on
where it stopped, and several processes take different folders. Rows gather in OUT/robustness.json.
"""
import argparse
import os
from datetime import timedelta
from pathlib import Path

import torch
from mmengine.config import DictAction
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from advbn_seg.adversarial import NORM_CHOICES
from advbn_seg.evaluation.classification.engine import evaluate
from advbn_seg.evaluation.classification.robustness import Robustness
from advbn_seg.evaluation.classification.test_sets import VARIANTS, Variant, find_cells
from advbn_seg.evaluation.runs import read_config
from advbn_seg.reports.robustness import rich_table, write_reports
from advbn_seg.runtime.command_line import check_checkpoint, errors_in_one_sentence

RANK, WORLD_SIZE = int(os.environ.get('RANK', 0)), int(os.environ.get('WORLD_SIZE', 1))


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('config', nargs='?', help='config of the model')
    parser.add_argument('checkpoint', nargs='?', help='its weights')
    for variant in VARIANTS:
        parser.add_argument(f'--{variant.name}', metavar='DIR', help=f'folder of {variant.name}')
    parser.add_argument('--other', nargs='+', default=[], metavar='NAME=DIR',
                        help='further sets of CLASS/IMAGE, treated as ImageNet is')
    parser.add_argument('--norm-branch', nargs='+', choices=NORM_CHOICES, default=[None],
                        help="norms of an AdvBN model to run through, a row for each (default: one row, the paper's "
                             'choice for each set)')
    parser.add_argument('--out', type=Path,
                        help='folder of the tables (work_dirs/robustness, or that of the first FILE)')
    parser.add_argument('--from-json', type=Path, nargs='+', default=[], metavar='FILE',
                        help='make the tables from the rows of one robustness.json or more')
    parser.add_argument('--batch-size', type=int, help="instead of the config's")
    parser.add_argument('--num-workers', type=int, help="instead of the config's")
    parser.add_argument('--device', help='such as cpu or cuda:0 (default: a GPU if there is one)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, metavar='KEY=VALUE',
                        help='changes to the config')
    args = parser.parse_args()
    args.folders = [(variant, folder) for variant in VARIANTS
                    if (folder := getattr(args, variant.name.replace('-', '_')))]
    for other in args.other:
        name, _, folder = other.partition('=')
        if not (name and folder) or name in [variant.name for variant, _ in args.folders]:
            parser.error(f'--other takes NAME=DIR with names that no other set has, found {other}')
        args.folders.append((Variant(name), folder))
    if not args.from_json and not (args.checkpoint and args.folders):
        parser.error('give CONFIG, CHECKPOINT and at least one set, such as --imagenet DIR; or --from-json FILE')
    args.out = args.out or (args.from_json[0].parent if args.from_json else Path('work_dirs/robustness'))
    return args


def kept(files):
    """The rows of robustness.json files."""
    for file in files:
        if not file.is_file():
            raise FileNotFoundError(f'{file} does not exist; give a robustness.json that this tool has written')
    return [row for file in files for row in Robustness.load(file).rows]


def measured(args, console):
    """The rows of a checkpoint; in all processes but the first, none."""
    check_checkpoint(args.checkpoint)
    cfg = read_config(args.config, args.cfg_options)
    cells = [cell for variant, folder in args.folders for cell in find_cells(variant, folder)]
    if WORLD_SIZE > 1:
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ['LOCAL_RANK']))
        rows_of(args, cfg, cells[RANK::WORLD_SIZE], console)
        wait_for_others()
    return rows_of(args, cfg, cells, console) if RANK == 0 else []


def rows_of(args, cfg, cells, console):
    columns = BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn('{task.description}')
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal or RANK > 0) as bar:
        folders = bar.add_task('folders', total=len(cells) * len(args.norm_branch))
        images = bar.add_task('')

        def begin(name, count):
            bar.update(images, description=f'images of {name}', completed=0, total=count)
            bar.advance(folders)

        return [evaluate(cfg, args.checkpoint, cells, branch, args.batch_size, args.num_workers, args.device, begin,
                         lambda count: bar.advance(images, count)) for branch in args.norm_branch]


def wait_for_others():
    """Returns when every process has come here; mmengine, given this group sooner, would split each set."""
    torch.distributed.init_process_group('gloo', timeout=timedelta(days=7))
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def main():
    args = parse_args()
    console = Console()
    if not console.is_terminal:
        console.width = 160
    with errors_in_one_sentence():
        rows = kept(args.from_json) if args.from_json else measured(args, console)
        if RANK > 0:
            return
        path = args.out / 'robustness.json'
        robustness = Robustness.load(path)  # only now: another call may have added rows meanwhile
        for row in rows:
            robustness.put(row)
        robustness.save(path)
        files = write_reports(robustness, args.out)
    console.print(rich_table(robustness))
    console.print(f'Written to {args.out}: {", ".join(file.name for file in [path, *files])}', highlight=False,
                  soft_wrap=True)


if __name__ == '__main__':
    main()
