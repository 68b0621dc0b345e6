"""Convert a released ImageNet checkpoint into mmpretrain's layout, for `load_from` in configs/imagenet.

    python tools/convert_checkpoint.py checkpoint.pth.tar checkpoints/augmix.pth

Layouts: torchvision, timm, AdvBN's authors (their auxiliary norms become ours), AugMix, CutMix, Fast AutoAugment, MoEx,
SIN; see advbn_seg/checkpoints/convert.py.
"""
import argparse

from advbn_seg.checkpoints.convert import convert_file
from advbn_seg.network.dual_norm import main_key
from advbn_seg.runtime.command_line import check_checkpoint, check_config, errors_in_one_sentence


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', help='the released checkpoint')
    parser.add_argument('out', help='file to write')
    parser.add_argument('--config', default='configs/imagenet/resnet50.py',
                        help='config of the model that it is for (%(default)s)')
    args = parser.parse_args()
    with errors_in_one_sentence():
        check_config(args.config)
        check_checkpoint(args.source)
        state = convert_file(args.source, args.config, args.out)
    auxiliary = [name for name in state if main_key(name) != name]
    print(f'{args.out}: {len(state)} tensors, {len(auxiliary)} of them of auxiliary norms')


if __name__ == '__main__':
    main()
