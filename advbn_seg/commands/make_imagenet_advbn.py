"""Make ImageNet-AdvBN, and its reconstruction, from any folder of CLASS/IMAGE.

    advbn-seg make-imagenet-advbn imagenet/val imagenet-advbn --decoder work_dirs/decoder_resnet50
    advbn-seg make-imagenet-advbn imagenet/val imagenet-advbn-image --decoder work_dirs/decoder_resnet50 --route image
    advbn-seg robustness CONFIG CHECKPOINT --imagenet imagenet/val \\
        --advbn imagenet-advbn/advbn --reconstructed imagenet-advbn/reconstructed    # Table 8

Written: OUT/advbn/CLASS/IMAGE.png and OUT/reconstructed/CLASS/IMAGE.png. The latter are the same images decoded without
an attack: what the decoder itself costs. Batches are of images that follow each other. Interrupted, the same command
goes on where it stopped.
"""
from .arguments import at_least
from .arguments.decoder import add_decoder_arguments


def add_arguments(parser):
    add_decoder_arguments(parser)
    parser.add_argument('images', help='folder of CLASS/IMAGE, or one with such a folder val')
    parser.add_argument('out', help='folder to write to')
    parser.add_argument('--per-image', action='store_true', help='deltas of each image, not of the batch')
    parser.add_argument('--limit', type=at_least(1), metavar='N', help='only N of the images, at equal distances')


def run(args):
    from ..evaluation.runs import open_one_run
    from ..synthetic.image_variants import images_root
    from ..synthetic.progress import progress_bar
    from ..visualisation.advbn_images import make_advbn_images
    from ..visualisation.decoder_run import open_attack, open_decoder, open_images

    images = images_root(args.images)
    settings = {name: getattr(args, name) for name in ('route', 'steps', 'step_size', 'eps', 'per_image')}
    with progress_bar('ImageNet-AdvBN') as progress:
        found, autoencoder = open_decoder(args)
        attack = open_attack(args, autoencoder)
        weights = dict(decoder=found.sha256,
                       classifier=args.classifier and open_one_run(args.classifier).sha256)
        written = make_advbn_images(
            open_images(found, images, args.limit), images, args.out,
            attack(num_steps=args.steps, per_image=args.per_image), attack(num_steps=0), args.batch_size,
            settings | weights, progress)
    print(f'{args.out}: advbn and reconstructed ({written} images written now).')
