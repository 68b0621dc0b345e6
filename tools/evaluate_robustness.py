"""Score a classifier on ImageNet and its variants, whichever are given, beside the paper's Tables 1, 4, 5 and 7.

    python tools/evaluate_robustness.py CONFIG CHECKPOINT --imagenet imagenet/val --imagenet-c imagenet-c \
        --instagram imagenet-instagram --sketch sketch --stylized stylized/val --advbn imagenet-advbn
    python tools/evaluate_robustness.py CONFIG CHECKPOINT --sketch sketch --norm-branch main aux    # Table 7
    python tools/evaluate_robustness.py work_dirs/resnet50 work_dirs/resnet50_advbn --domains SETS.py    # work dirs
    torchrun --nproc-per-node 4 tools/evaluate_robustness.py CONFIG CHECKPOINT --imagenet-c imagenet-c
    python tools/evaluate_robustness.py --from-json results/digits/robustness.json    # the tables once more
    python tools/evaluate_robustness.py --from-json A/robustness.json B/robustness.json --out BOTH    # of several

SETS.py has `domains = [dict(name='sketch', folder='data/sketch'), ...]`. Rows gather in OUT/robustness.json: one per
checkpoint and branch. What is known is not measured twice, and an interrupted call goes on where it stopped. The .csv,
.md, .tex, .png and report.html are made from that file.
"""
from advbn_seg.adversarial import NORM_CHOICES
from advbn_seg.evaluation.classification import CLASSIFICATION
from advbn_seg.evaluation.classification.test_sets import PAPER_SETS
from advbn_seg.reports.command_line import evaluate, evaluation_arguments
from advbn_seg.reports.robustness import robustness_report


def parse_args():
    parser = evaluation_arguments(__doc__, CLASSIFICATION, 'work_dirs/robustness', NORM_CHOICES)
    for each in PAPER_SETS:
        parser.add_argument(f'--{each.name}', metavar='DIR', help=f'folder of {each.name}')
    parser.add_argument('--other', nargs='+', default=[], metavar='NAME=DIR',
                        help='further sets of CLASS/IMAGE, treated as ImageNet is')
    args = parser.parse_args()
    folders = {each.name: getattr(args, each.name.replace('-', '_')) for each in PAPER_SETS}
    folders = {name: folder for name, folder in folders.items() if folder}
    for other in args.other:
        name, _, folder = other.partition('=')
        if not (name and folder) or name in folders:
            parser.error(f'--other takes NAME=DIR with names that no other set has, found {other}')
        folders[name] = folder
    if folders and args.domains:
        parser.error('give the sets either one by one, or with --domains FILE')
    if folders:
        args.domains = [dict(name=name, folder=folder) for name, folder in folders.items()]
    if bool(args.runs) == bool(args.from_json):
        parser.error('give either RUN... or CONFIG CHECKPOINT, with at least one set, such as --imagenet DIR; '
                     'or --from-json FILE')
    return args


def main():
    evaluate(parse_args(), CLASSIFICATION, lambda results, out: robustness_report(results))


if __name__ == '__main__':
    main()
