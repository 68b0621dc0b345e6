"""Show through a decoder what AdvBN does to images: deltas of the batch, and of each image.

    advbn-seg train decoder/decoder_mini_synthia_highway_dawn --work-dir work_dirs/decoder
    advbn-seg visualise --decoder work_dirs/decoder --out advbn.png
    advbn-seg visualise --decoder work_dirs/decoder_resnet50 --images imagenet/val --route image

The images are those of the decoder's test set, or of --images: a batch at equal distances, the first --count shown. The
losses are printed, and written beside the picture as JSON.
"""
from .arguments import at_least, picture
from .arguments.decoder import add_decoder_arguments


def add_arguments(parser):
    add_decoder_arguments(parser)
    parser.add_argument('--images', help="folder of CLASS/IMAGE (the decoder's test set)")
    parser.add_argument('--count', type=at_least(1), default=4, help='images to show (4)')
    parser.add_argument('--out', type=picture, default='advbn.png', help='picture to write, .png or .jpg (%(default)s)')


def run(args):
    from pathlib import Path

    from ..runtime.atomic_io import write_json
    from ..visualisation.decoder_run import open_attack, open_decoder, open_images
    from ..visualisation.grid import draw_attack

    found, autoencoder = open_decoder(args)
    losses = draw_attack(args.out, open_images(found, args.images), open_attack(args, autoencoder), args.steps,
                         args.count, args.batch_size)
    write_json(Path(args.out).with_suffix('.json'), losses)
    for each in losses:
        print('m = {steps}: loss {batch:.3f} under deltas of the batch, {per_image:.3f} under deltas of each image'
              .format(**each))
    print(args.out)
