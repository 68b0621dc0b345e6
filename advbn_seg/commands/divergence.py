"""Measure how far features of unseen domains are from the source's, block by block (Eq. 4).

    advbn-seg divergence work_dirs/synthia_highway_dawn_baseline work_dirs/synthia_highway_dawn_advbn
    advbn-seg divergence RUN... --target nyc highway/fog    # a group of domains, and one domain
    advbn-seg divergence RUN... --matrix work_dirs/cross_domain/matrix.json    # and gain by divergence
    advbn-seg divergence work_dirs/resnet50 work_dirs/resnet50_advbn --domains SETS.py    # classifiers

AdvBN runs are measured through their main norms and through their auxiliary ones. SETS.py is that of advbn-seg
robustness; the set 'imagenet' is the source. Written to OUT: feature_divergence.json, .md and .png (Figure 5), and with
--matrix feature_divergence_gains.png. Where OUT has a matrix.json or robustness.json, advbn-seg report of that file
makes a page of both.
"""
from pathlib import Path

from .. import config_files
from .arguments import add_cfg_options, add_device, at_least, folder


def add_arguments(parser):
    parser.add_argument('runs', nargs='+', type=config_files.find_run, metavar='RUN',
                        help='work dirs of trainings of one model, or the CONFIG and CHECKPOINT of one')
    parser.add_argument('--target', nargs='+', metavar='DOMAIN', help='domains, or groups of them (all but the source)')
    parser.add_argument('--after', metavar='LAYER', help="where to begin (after the runs' AdvBN layer)")
    parser.add_argument('--images', type=at_least(1), help='how many of each domain, evenly spaced (all)')
    parser.add_argument('--matrix', type=Path, metavar='FILE',
                        help='matrix.json or robustness.json of these runs: show the gain on each domain, too')
    parser.add_argument('--out', type=folder, default=Path('work_dirs/feature_divergence'),
                        help='folder of the results (%(default)s)')
    parser.add_argument('--domains', type=config_files.find, metavar='FILE',
                        help="config file whose key 'domains' takes the place of that of every RUN")
    add_device(parser)
    add_cfg_options(parser, 'changes to the config of every RUN')


def run(args):
    from ..evaluation.divergence import measure_divergence, open_branches
    from ..evaluation.results_files import load_results
    from ..reports.command_line import wide_console
    from ..reports.divergence import write_divergence
    from ..reports.escape import terminal
    from ..reports.tables import as_rich

    console = wide_console()
    results = args.matrix and load_results(args.matrix)
    runs = open_branches(args.runs, args.cfg_options, args.domains)
    found = measure_divergence(runs, args.target, args.after, args.images, args.device, lambda each: console.print(
        terminal(f'measuring {each.name}, {each.branch} norms'), soft_wrap=True))
    tables, files = write_divergence(found, args.out, results)
    console.print(*map(as_rich, tables), sep='\n')
    console.print(terminal(f'Written to {args.out}: {", ".join(file.name for file in files)}'), soft_wrap=True)
