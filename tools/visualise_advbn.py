"""Show what AdvBN does to images, through a decoder, at m = 0, 1, ... steps: deltas of the batch, and of each image.

    python tools/train.py configs/decoder/mini_synthia_highway_dawn.py --work-dir work_dirs/decoder
    python tools/visualise_advbn.py --decoder work_dirs/decoder --out advbn.png
    python tools/visualise_advbn.py --decoder work_dirs/decoder_resnet50 --images imagenet/val --route image

The images are those of the decoder's test set, or of --images: a batch at equal distances, the first --count shown. The
losses are printed, and written beside the picture as JSON.
"""
import json
from pathlib import Path

from advbn_seg.runtime.atomic_io import write_text
from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.visualisation.decoder_run import decoder_arguments, open_attack, open_decoder, open_images
from advbn_seg.visualisation.grid import draw_attack


def main():
    parser = decoder_arguments(__doc__)
    parser.add_argument('--images', help="folder of CLASS/IMAGE (the decoder's test set)")
    parser.add_argument('--count', type=int, default=4, help='images to show (4)')
    parser.add_argument('--out', default='advbn.png', help='picture to write, .png or .jpg (%(default)s)')
    args = parser.parse_args()
    with errors_in_one_sentence():
        run, autoencoder = open_decoder(args)
        losses = draw_attack(args.out, open_images(run, args.images), open_attack(args, autoencoder), args.steps,
                             args.count, args.batch_size)
        write_text(Path(args.out).with_suffix('.json'), json.dumps(losses, indent=1) + '\n')
    for each in losses:
        print('m = {steps}: loss {batch:.3f} under deltas of the batch, {per_image:.3f} under deltas of each image'
              .format(**each))
    print(args.out)


if __name__ == '__main__':
    main()
