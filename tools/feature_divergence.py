"""Measure how far the features of unseen domains are from those of the source, block by block (Eq. 4, Figure 5).

    python tools/feature_divergence.py work_dirs/synthia_highway_dawn_baseline work_dirs/synthia_highway_dawn_advbn
    python tools/feature_divergence.py RUN... --target nyc highway/fog    # a group of domains, and one domain
    python tools/feature_divergence.py RUN... --matrix work_dirs/cross_domain/matrix.json    # and gain by divergence
    python tools/feature_divergence.py work_dirs/resnet50 work_dirs/resnet50_advbn --domains SETS.py    # classifiers

AdvBN runs are measured through their main norms and through their auxiliary ones. SETS.py is that of
tools/evaluate_robustness.py; the set 'imagenet' is the source. Written to OUT: feature_divergence.json, .md and .png,
and with --matrix feature_divergence_gains.png. Where OUT has a matrix.json or robustness.json, report.html shows both.
"""
import argparse
from pathlib import Path

from advbn_seg.evaluation.divergence import measure_divergence, open_branches
from advbn_seg.evaluation.results_files import load_results
from advbn_seg.reports.command_line import wide_console
from advbn_seg.reports.divergence import write_divergence
from advbn_seg.reports.escape import terminal
from advbn_seg.reports.tables import as_rich
from advbn_seg.runtime.cfg_options import CfgOptions
from advbn_seg.runtime.command_line import errors_in_one_sentence


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('runs', nargs='+', metavar='RUN',
                        help='work dirs of trainings of one model, or the CONFIG and CHECKPOINT of one')
    parser.add_argument('--target', nargs='+', metavar='DOMAIN', help='domains, or groups of them (all but the source)')
    parser.add_argument('--after', metavar='LAYER', help="where to begin (after the runs' AdvBN layer)")
    parser.add_argument('--images', type=int, help='how many of each domain, evenly spaced (all)')
    parser.add_argument('--matrix', type=Path, metavar='FILE',
                        help='matrix.json or robustness.json of these runs: show the gain on each domain, too')
    parser.add_argument('--out', type=Path, default=Path('work_dirs/feature_divergence'),
                        help='folder of the results (work_dirs/feature_divergence)')
    parser.add_argument('--domains', type=Path, metavar='FILE',
                        help="config file whose key 'domains' takes the place of that of every RUN")
    parser.add_argument('--device', help='such as cpu or cuda:0 (default: a GPU if there is one)')
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions, metavar='KEY=VALUE',
                        help='changes to the config of every RUN')
    args = parser.parse_args()
    console = wide_console()
    with errors_in_one_sentence():
        results = args.matrix and load_results(args.matrix)
        runs = open_branches(args.runs, args.cfg_options, args.domains)
        found = measure_divergence(runs, args.target, args.after, args.images, args.device, lambda run: console.print(
            terminal(f'measuring {run.name}, {run.branch} norms'), soft_wrap=True))
        tables, files = write_divergence(found, args.out, results)
    console.print(*map(as_rich, tables), sep='\n')
    console.print(terminal(f'Written to {args.out}: {", ".join(file.name for file in files)}'), soft_wrap=True)


if __name__ == '__main__':
    main()
