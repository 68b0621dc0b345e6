"""Score a classifier on ImageNet and its variants, beside the paper's numbers.

    advbn-seg robustness CONFIG CHECKPOINT --imagenet imagenet/val --imagenet-c imagenet-c \\
        --instagram imagenet-instagram --sketch sketch --stylized stylized/val --advbn imagenet-advbn/advbn
    advbn-seg robustness CONFIG CHECKPOINT --sketch sketch --norm-branch main aux          # Table 7
    advbn-seg robustness work_dirs/resnet50 work_dirs/resnet50_advbn --domains SETS.py     # work dirs
    advbn-seg robustness --from-json results/digits/robustness.json                        # the tables once more
    advbn-seg robustness --from-json A/robustness.json B/robustness.json --out BOTH        # of several
    torchrun --nproc-per-node 4 -m advbn_seg robustness CONFIG CHECKPOINT --imagenet-c imagenet-c

Whichever sets are given count; the paper's Tables 1, 4, 5 and 7 are beside them.

SETS.py has `domains = [dict(name='sketch', folder='data/sketch'), ...]`. Rows gather in OUT/robustness.json: one per
checkpoint and branch. What is known is not measured twice, and an interrupted call goes on where it stopped. The .csv,
.md, .tex, .png and report.html are made from that file. Where some of ImageNet-C is missing, the rest is scored and
labelled as a part.
"""
from ..errors import UserError
from .arguments.evaluation import add_evaluation_arguments

SETS = dict(imagenet='ImageNet, validation: CLASS/IMAGE',
            imagenet_c='ImageNet-C: CORRUPTION/SEVERITY/CLASS/IMAGE',
            instagram='ImageNet-Instagram: FILTER/CLASS/IMAGE',
            sketch='ImageNet-Sketch: CLASS/IMAGE',
            stylized='Stylized-ImageNet, validation: CLASS/IMAGE',
            advbn='ImageNet-AdvBN: CLASS/IMAGE',
            reconstructed="its images decoded without an attack: CLASS/IMAGE")


def add_arguments(parser):
    add_evaluation_arguments(parser, 'robustness.json', 'work_dirs/robustness', 'paper')
    for name, layout in SETS.items():
        parser.add_argument(f'--{name.replace("_", "-")}', metavar='DIR', help=layout)
    parser.add_argument('--other', nargs='+', default=[], metavar='NAME=DIR',
                        help='further sets of CLASS/IMAGE, treated as ImageNet is')


def run(args):
    folders = {name.replace('_', '-'): getattr(args, name) for name in SETS if getattr(args, name)}
    for other in args.other:
        name, _, folder = other.partition('=')
        if not (name and folder) or name in folders:
            raise UserError(f'--other takes NAME=DIR with names that no other set has, found {other}')
        folders[name] = folder
    if folders and args.domains:
        raise UserError('give the sets either one by one, or with --domains FILE')
    if folders:
        args.domains = [dict(name=name, folder=folder) for name, folder in folders.items()]
    if bool(args.runs) == bool(args.from_json):
        raise UserError('give either RUN... or CONFIG CHECKPOINT, with at least one set, such as --imagenet DIR; '
                        'or --from-json FILE')

    from ..evaluation.classification import CLASSIFICATION
    from ..reports.command_line import evaluate
    from ..reports.robustness import robustness_report

    evaluate(args, CLASSIFICATION, lambda results, out: robustness_report(results))
