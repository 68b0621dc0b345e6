"""Score trained models on every domain of their benchmark and make the cross-domain matrix.

    python tools/cross_domain_matrix.py work_dirs/synthia_highway_dawn_baseline work_dirs/synthia_highway_dawn_advbn
    python tools/cross_domain_matrix.py work_dirs/synthia_highway_dawn_advbn --norm-branch aux    # adds a row
    python tools/cross_domain_matrix.py --from-json work_dirs/cross_domain/matrix.json    # the outputs, once more
    torchrun --nproc_per_node 4 tools/cross_domain_matrix.py RUN...    # GPUs, or CPUs without them

Rows gather in OUT/matrix.json: one per RUN and branch, replaced when the RUN was trained again. What is known is not
measured twice, and an interrupted call goes on where it stopped. The .csv, .md, .tex and .png are made from that file.
"""
from advbn_seg.adversarial import NORM_CHOICES
from advbn_seg.evaluation.segmentation import SEGMENTATION
from advbn_seg.reports.command_line import evaluate, evaluation_arguments
from advbn_seg.reports.matrix import matrix_report


def main():
    parser = evaluation_arguments(__doc__, SEGMENTATION, 'work_dirs/cross_domain', NORM_CHOICES)
    parser.add_argument('--per-class', action='store_true', help='show the IoU of each class, too')
    args = parser.parse_args()
    if bool(args.runs) == bool(args.from_json):
        parser.error('give either one RUN or more, or --from-json FILE')
    evaluate(args, SEGMENTATION, matrix_report, args.per_class)


if __name__ == '__main__':
    main()
