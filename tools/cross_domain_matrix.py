"""Score trained models on every domain of their benchmark and make the cross-domain matrix.

    python tools/cross_domain_matrix.py work_dirs/synthia_highway_dawn_baseline work_dirs/synthia_highway_dawn_advbn
    python tools/cross_domain_matrix.py work_dirs/synthia_highway_dawn_advbn --norm-branch aux    # adds a row
    python tools/cross_domain_matrix.py --from-json work_dirs/cross_domain/matrix.json    # the outputs, once more
    python tools/cross_domain_matrix.py RUN... --examples    # with pictures of what the runs predict
    torchrun --nproc_per_node 4 tools/cross_domain_matrix.py RUN...    # GPUs, or CPUs without them

Rows gather in OUT/matrix.json: one per RUN and branch, replaced when the RUN was trained again. What is known is not
measured twice, and an interrupted call goes on where it stopped. The .csv, .md, .tex, .png and report.html are made
from that file, from OUT/examples.json, which --examples writes, and from OUT/counts, the pixels of each image. Where
the control was measured, gains.md holds what each method gains over the control, with intervals.
"""
from advbn_seg.adversarial import NORM_CHOICES
from advbn_seg.evaluation.results import CONTROL
from advbn_seg.evaluation.segmentation import SEGMENTATION
from advbn_seg.evaluation.segmentation.examples import Examples, choose_examples
from advbn_seg.evaluation.segmentation.gains import matrix_gains
from advbn_seg.reports.command_line import evaluate, evaluation_arguments
from advbn_seg.reports.matrix import matrix_report


def main():
    parser = evaluation_arguments(__doc__, SEGMENTATION, 'work_dirs/cross_domain', NORM_CHOICES)
    parser.add_argument('--per-class', action='store_true', help='show the IoU of each class, too')
    parser.add_argument('--examples', action='store_true', help='predict some frames again, and make pictures of them')
    parser.add_argument('--reference', default=CONTROL, metavar='METHOD',
                        help=f'what gains.md holds all other methods against (default: {CONTROL})')
    args = parser.parse_args()
    if bool(args.runs) == bool(args.from_json):
        parser.error('give either one RUN or more, or --from-json FILE')
    if args.examples and (args.from_json or args.launcher != 'none'):
        parser.error('--examples needs RUN... and one process: it loads the models again')

    def report(matrix, out):
        return matrix_report(matrix, Examples.load(out, matrix), matrix_gains(matrix, out, args.reference))

    def make_examples(runs, out, progress):
        choose_examples(runs, args.device, progress).save(out)

    evaluate(args, SEGMENTATION, report, args.per_class, make_examples if args.examples else None)


if __name__ == '__main__':
    main()
