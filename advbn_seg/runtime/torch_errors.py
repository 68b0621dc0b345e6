"""torch's, mmcv's and OpenCV's errors about a batch, an image or a machine, as errors of ours that tell what to do."""
import re
import traceback
from contextlib import contextmanager

from ..errors import UserError

OUT_OF_MEMORY = "out of memory|can't allocate memory"
GO_ON = 'a training goes on from its last checkpoint with --resume'
MEMORY = ('memory ran out: set a smaller batch_size of the data loader (--batch-size where runs are scored) or crop, '
          f'or, where several processes train, clean_first=True for AdvBN; {GO_ON}')
SAID = [  # (type, what they say and the functions that were called, what it means and what to do)
    (ValueError, 'Expected more than 1 value per channel when training',
     'a norm was given a batch of one value per channel: set train_dataloader.batch_size to 2 or more, with '
     'drop_last=True where the last batch of an epoch is smaller'),
    (IndexError, r'Target (?P<label>-?\d+) is out of bounds',
     'a label is {label}, which the model has no class for: set num_classes of model.decode_head and of each '
     'auxiliary head (or of model.head) to the number of classes of the data set, or have the data set map its labels'),
    (RuntimeError, r'only batches of spatial targets supported \(3D tensors\) but got targets of dimension: 4',
     'labels have several channels, as colours have: save the ids of the classes in one channel, where a palette is '
     'fine, or have a transform make ids of colours'),
    (RuntimeError, r'stack expects each tensor to be equal size(?s:.*)(_stack_batch_gt|loss_by_feat)',
     'labels of one batch have several sizes: give each label the size of its image, and have Resize or RandomCrop '
     'bring both to one size'),
    (IndexError, r'The shape of the mask \[(?P<height>\d+), (?P<width>\d+)\](?s:.*)intersect_and_union',
     'a label is of ({height}, {width}), and the prediction for its image is not: give each label the size of its '
     'image'),
    (ValueError, 'need at least one array to concatenate',
     'a data set of the config has no images: see its data_root, data_prefix, ann_file, and img_suffix, which is .jpg '
     'where it is not given'),
    (RuntimeError, '(?i)EADDRINUSE|address already in use',
     'the port of this training is in use: choose another one, as in torchrun --master_port 29501'),
    (RuntimeError, 'out of shared memory|allocate shared memory|killed by signal: Bus error',
     'the shared memory (/dev/shm) is too small for the batches of the data loader: give the machine or container more '
     'of it, as in docker run --shm-size=8g, or set train_dataloader.num_workers=0'),
    (RuntimeError, r'DataLoader worker \(pid.*(killed by signal|exited unexpectedly)',
     'a worker process of the data loader was killed, mostly because memory ran out: set fewer '
     f'num_workers of the data loader (--num-workers where runs are scored); {GO_ON}'),
    (RuntimeError, r'DataLoader timed out after (?P<seconds>\S+) seconds',
     'no batch has come within {seconds} seconds: a file of the data set cannot be read to its end, such as a FIFO or '
     'one on a disk that hangs; look at the files, or set a longer train_dataloader.timeout'),
    (RuntimeError, 'Connection closed by peer|Connection reset by peer|Broken pipe|remote process exited',
     f'another process of this training has ended, and its own message says why; {GO_ON}'),
    (RuntimeError, OUT_OF_MEMORY, MEMORY),
    (MemoryError, '', MEMORY),
    (AssertionError, 'The image size in a batch should be the same',
     'images of one batch have several sizes: add Resize to the pipeline, or set batch_size=1 of the data loader '
     '(--batch-size 1 where matrix scores)'),
    (AssertionError, r'(?m)(^|AssertionError: )failed to load image: (?P<file>.+)',
     'the image {file} cannot be read: it is cut short, damaged or no image; put a whole copy in its place, or take it '
     'out of the data set'),
    (Exception, r'OpenCV.*!buf\.empty\(\).*imdecode',
     'an image is a file of 0 bytes; find FOLDER -size 0 names it: put a whole copy in its place, or take it out '
     'of the data set'),
]


@contextmanager
def user_errors_of_torch():
    """Raise a UserError within this context for what torch, mmcv or OpenCV says of a user's batch, image or machine.

    Raises:
        UserError: with what to do.
    """
    try:
        yield
    except Exception as error:
        calls = ' '.join(call.name for call in traceback.extract_tb(error.__traceback__))
        said = f'{error}\n{error.__cause__}\n{calls}'  # a data loader names the signal in the cause
        for kind, pattern, sentence in SAID:
            found = isinstance(error, kind) and not isinstance(error, UserError) and re.search(pattern, said)
            if found:
                raise UserError(sentence.format(**found.groupdict())) from error
        raise
