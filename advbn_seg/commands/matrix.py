"""Score trained models on every domain and make the cross-domain matrix.

    advbn-seg matrix work_dirs/synthia_highway_dawn_baseline work_dirs/synthia_highway_dawn_advbn
    advbn-seg matrix work_dirs/synthia_highway_dawn_advbn --norm-branch aux    # adds a row
    advbn-seg matrix --from-json work_dirs/cross_domain/matrix.json            # the outputs, once more
    advbn-seg matrix RUN... --examples                                         # with pictures of what the runs predict
    torchrun --nproc_per_node 4 -m advbn_seg matrix RUN...                     # GPUs, or CPUs without them

Rows gather in OUT/matrix.json: one per RUN and branch, replaced when the RUN was trained again. What is known is not
measured twice, and an interrupted call goes on where it stopped. The .csv, .md, .tex, .png and report.html are made
from that file, from OUT/examples.json, which --examples writes, and from OUT/counts, the pixels of each image. Where
the control was measured, gains.md holds what each method gains over the control, with intervals.
"""
from ..errors import UserError
from .arguments.evaluation import add_evaluation_arguments


def add_arguments(parser):
    add_evaluation_arguments(parser, 'matrix.json', 'work_dirs/cross_domain', 'main')
    parser.add_argument('--without', nargs='+', default=[], metavar='DOMAIN',
                        help='with --from-json and another --out: domains that are left out of all rows')
    parser.add_argument('--per-class', action='store_true', help='show the IoU of each class, too')
    parser.add_argument('--examples', action='store_true', help='predict some frames again, and make pictures of them')
    parser.add_argument('--reference', default='finetune', metavar='METHOD',
                        help='what gains.md holds all other methods against (%(default)s, the control)')


def run(args):
    if bool(args.runs) == bool(args.from_json):
        raise UserError('give either one RUN or more, or --from-json FILE')
    if args.without and not args.from_json:
        raise UserError('--without DOMAIN needs --from-json FILE; a file of --domains says where a RUN is measured')
    if args.examples and (args.from_json or args.launcher != 'none'):
        raise UserError('--examples needs RUN... and one process: it loads the models again')

    from ..evaluation.segmentation import SEGMENTATION
    from ..evaluation.segmentation.example_choice import choose_examples
    from ..evaluation.segmentation.examples import find_examples
    from ..evaluation.segmentation.gains import check_reference, matrix_gains
    from ..reports.command_line import evaluate
    from ..reports.matrix import matrix_report

    def report(matrix, out):
        examples = find_examples(matrix, out, [file.parent for file in args.from_json])
        return matrix_report(matrix, examples, matrix_gains(matrix, out, args.reference))

    def check(rows):
        check_reference(args.reference, {row.method for row in rows})

    def make_examples(runs, out, progress):
        choose_examples(runs, args.device, progress).save(out)

    evaluate(args, SEGMENTATION, report, args.per_class, make_examples if args.examples else None, check,
             lambda matrix: matrix.leave_out(args.without))
