"""Train baseline, control and AdvBN on a small data set, and print what each scores where.

    advbn-seg demo                   # mini-SYNTHIA: two sources, ten domains each
    advbn-seg demo classification    # digits: corrupted, filtered, and from another scanner

It takes minutes on a CPU. Each command is printed before it is run. Files go to data/ and work_dirs/ of
the current folder.
"""
import shlex

DIGITS = 'data/digits/mnist'
STEPS = dict(
    segmentation=[
        'make-mini-synthia data/mini_synthia',
        'experiments mini_synthia --seeds 0 --methods baseline finetune advbn --out work_dirs/demo'],
    classification=[
        'make-digits data/digits',
        f'make-imagenet-c {DIGITS}/val {DIGITS}_c --crop 0 --limit 25',
        f'make-imagenet-instagram {DIGITS}/val {DIGITS}_instagram --limit 25',
        'experiments digits --seeds 0 --methods baseline finetune advbn --out work_dirs/demo_imagenet'])


def add_arguments(parser):
    parser.add_argument('task', nargs='?', choices=STEPS, default='segmentation', help='(%(default)s)')


def run(args):
    from . import main

    for step in STEPS[args.task]:
        print(f'$ advbn-seg {step}', flush=True)
        main(shlex.split(step))
