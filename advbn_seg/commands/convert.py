"""Convert a released ImageNet checkpoint into mmpretrain's layout, for `load_from`.

    advbn-seg convert checkpoint.pth.tar checkpoints/augmix.pth
    advbn-seg convert lite0.pth checkpoints/lite0.pth --config imagenet/efficientnet-lite0

Layouts: torchvision, timm, AdvBN's authors (their auxiliary norms become ours), AugMix, CutMix, Fast AutoAugment, MoEx,
SIN; see advbn_seg/checkpoints/convert.py. Of timm's EfficientNets take those called tf_: mmpretrain pads as they do.
"""
from pathlib import Path

from .. import config_files
from ..errors import UserError


def add_arguments(parser):
    parser.add_argument('source', help='the released checkpoint')
    parser.add_argument('out', help='file to write')
    parser.add_argument('--config', type=config_files.find, default='imagenet/resnet50',
                        help='config of the model that it is for (%(default)s)')


def run(args):
    from ..checkpoints.convert import convert_file
    from ..network.dual_norm import main_key
    from ..runtime.command_line import check_checkpoint, check_config

    check_config(args.config)
    check_checkpoint(args.source)
    if Path(args.out).exists() and Path(args.out).samefile(args.source):
        raise UserError(f'{args.out} is the released checkpoint itself: give another name')
    state = convert_file(args.source, args.config, args.out)
    auxiliary = [name for name in state if main_key(name) != name]
    print(f'{args.out}: {len(state)} tensors, {len(auxiliary)} of them of auxiliary norms')
