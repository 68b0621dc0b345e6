"""Make ImageNet-AdvBN from any folder of CLASS/IMAGE: OUT/advbn/CLASS/IMAGE.png, OUT/reconstructed/CLASS/IMAGE.png.

    python tools/make_imagenet_advbn.py imagenet/val imagenet-advbn --decoder work_dirs/resnet50
    python tools/make_imagenet_advbn.py imagenet/val imagenet-advbn-image --decoder work_dirs/resnet50 --route image
    python tools/evaluate_robustness.py CONFIG CHECKPOINT --imagenet imagenet/val \
        --advbn imagenet-advbn/advbn --reconstructed imagenet-advbn/reconstructed    # Table 8

`reconstructed` has the same images decoded without an attack: what the decoder itself costs. Batches are of images that
follow each other. Interrupted, the same command goes on where it stopped.
"""
from rich.progress import Progress

from advbn_seg.runtime.command_line import errors_in_one_sentence
from advbn_seg.visualisation.advbn_images import make_advbn_images
from advbn_seg.visualisation.decoder_run import decoder_arguments, open_attack, open_decoder, open_images


def parse_args():
    parser = decoder_arguments(__doc__)
    parser.add_argument('images', help='folder of CLASS/IMAGE')
    parser.add_argument('out', help='folder to write to')
    parser.add_argument('--per-image', action='store_true', help='deltas of each image, not of the batch')
    parser.add_argument('--limit', type=int, metavar='N', help='only N of the images, at equal distances')
    return parser.parse_args()


def main():
    args = parse_args()
    settings = {name: getattr(args, name) for name in ('route', 'classifier', 'steps', 'step_size', 'eps', 'per_image')}
    with errors_in_one_sentence(), Progress() as bar:
        task = bar.add_task('ImageNet-AdvBN', total=None)
        run, autoencoder = open_decoder(args)
        attack = open_attack(args, autoencoder)
        written = make_advbn_images(
            open_images(run, args.images, args.limit), args.images, args.out,
            attack(num_steps=args.steps, per_image=args.per_image), attack(num_steps=0), args.batch_size,
            dict(settings, decoder=run.sha256), lambda done, total: bar.update(task, completed=done, total=total))
    print(f'{args.out}: advbn and reconstructed ({written} images written now).')


if __name__ == '__main__':
    main()
