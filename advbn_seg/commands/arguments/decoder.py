"""The flags of what looks through a decoder: which decoder, and which attack."""

from . import add_device, at_least


def add_decoder_arguments(parser):
    """Add the flags."""
    parser.add_argument('--decoder', required=True, metavar='RUN', help='work dir of the training of a decoder')
    parser.add_argument('--route', choices=('features', 'image'), default='features',
                        help="what the attack's loss goes through: the encoder's remaining layers, as in the paper's "
                             "text, or the decoder, the image and a whole classifier, as in the authors' code")
    parser.add_argument('--classifier', nargs=2, metavar=('CONFIG', 'CHECKPOINT'),
                        help='that of the image route (the encoder, whole)')
    parser.add_argument('--steps', type=at_least(1), default=6, help='of the attack (6)')
    parser.add_argument('--step-size', type=float, default=0.2, help='of each (0.2)')
    parser.add_argument('--eps', type=float, default=1.1, help='radius of the ball of the deltas around 1 (1.1)')
    parser.add_argument('--batch-size', type=at_least(1), default=32,
                        help='images that share statistics and deltas (32)')
    add_device(parser)
