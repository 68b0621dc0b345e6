"""What the data sets share: names of classes, pairs of files, and an error while a frame is loaded names its files."""
from contextlib import contextmanager

import cv2
from mmcv import imread
from mmseg.datasets import BaseSegDataset
from PIL import Image

from ..config_files import DATA_SETS
from ..errors import UserError
from ..runtime.regular_files import check_regular

OF_OTHERS = ('ann_file', 'data_prefix', 'img_suffix', 'seg_map_suffix')  # say where files lie, which we find ourselves


class FrameDataset(BaseSegDataset):
    """A data set of images and labels that says which frame cannot be used.

    Args:
        domain (str): The name of what the frames have in common, for `metainfo`.
        rename (dict, optional): Other names of some classes, {own: new}, so that data sets which call a class by
            different names are scored together. `metainfo=dict(classes=[...])` chooses classes by their own names.
        **kwargs: Of `BaseSegDataset`.

    Raises:
        UserError: A class to rename is not there, or two have the same name then; `reduce_zero_label`; an argument of
            `BaseSegDataset` that would not be read, of `OF_OTHERS`.
        UserError: On access to a frame, where a file of it cannot be read, or its labels have an id that is no class.
    """

    def __init__(self, *, domain, rename=None, **kwargs):
        if unread := [name for name in OF_OTHERS if name in kwargs]:
            raise UserError(f'{type(self).__name__} finds its files in data_root, whatever {unread[0]} says: leave it '
                            'out, or load files of your own with BaseSegDataset.')
        super().__init__(**kwargs)
        self._metainfo['domain'] = domain  # of an argument `metainfo` mmengine would take it for the name of a file
        if self.reduce_zero_label:
            raise UserError(f'reduce_zero_label=True takes the first class for void, and that of {type(self).__name__} '
                            'is none: leave it out.')
        names = dict(rename or {})
        classes = self._metainfo['classes']
        if unknown := sorted(names.keys() - set(classes)):
            raise UserError(f'rename={names} names the class {unknown[0]!r}, but the classes of {type(self).__name__} '
                            f"are {', '.join(classes)}: rename some of these.")
        renamed = [names.get(name, name) for name in classes]
        if twice := [name for name in renamed if renamed.count(name) > 1]:
            raise UserError(f'rename={names} gives two classes of {type(self).__name__} the name {twice[0]!r}: choose '
                            'others; classes cannot be merged so.')
        self._metainfo['classes'] = tuple(renamed)

    def _entries(self, stems, images, labels, more_labels):
        """Return the data list of some frames.

        Args:
            stems (list[str]): In their order.
            images, labels (dict): {stem: path} of all.
            more_labels (dict): What the label map has besides the classes that are left out.

        Raises:
            UserError: A frame has no image, no label, or one of another size.
        """
        for here, there, what in ((images, labels, 'label'), (labels, images, 'image')):
            if bare := [stem for stem in stems if stem not in there]:
                raise UserError(f'{len(bare)} frame(s), such as {here[bare[0]]}, have no {what} of the same '
                                f'name: see {DATA_SETS} for how to get {type(self).__name__} again.')
        for stem in stems:
            check_sizes(images[stem], labels[stem])
        label_map = {**(self.label_map or {}), **more_labels}
        return [dict(img_path=str(images[stem]), seg_map_path=str(labels[stem]), label_map=label_map,
                     reduce_zero_label=self.reduce_zero_label, seg_fields=[]) for stem in stems]

    def prepare_data(self, idx):
        files = self.get_data_info(idx)
        paths = files['img_path'], files['seg_map_path']
        check_regular(*paths)
        try:
            sample = super().prepare_data(idx)
        except (AssertionError, OSError, SyntaxError, cv2.error):  # of mmcv's loaders, or of some transform
            check_whole(*paths)
            raise
        if sample is not None:
            self._check_ids(sample, files['seg_map_path'])
        return sample

    def _check_ids(self, sample, name):
        samples = sample.get('data_samples', ())
        if 'gt_sem_seg' not in samples:
            return
        labels, num_classes = samples.gt_sem_seg.data, len(self.metainfo['classes'])
        unknown = labels[(labels >= num_classes) & (labels != self.ignore_index)]
        if len(unknown):
            raise UserError(f"{name} has the id {unknown[0]}, but the classes are 0 to {num_classes - 1}, and void "
                            f'{self.ignore_index}: use the original file.')


def check_chosen(dataset, what, chosen, known):
    """See that parts of a data set are chosen that it has, at least one and none twice.

    Raises:
        UserError: They are not.
    """
    if not chosen or set(chosen) - set(known):
        raise UserError(f"{dataset} has the {what} {', '.join(known)}; found {what}={chosen}.")
    if len(set(chosen)) < len(chosen):
        raise UserError(f'{what}={chosen} names one twice, whose frames would count twice.')


def check_whole(*files):
    """See that files are whole images, for Pillow and for OpenCV, which mmcv reads with.

    Raises:
        UserError: One is not.
    """
    for file in files:
        with opened(file) as image:
            image.load()
            if imread(file, 'unchanged', backend='cv2') is None:  # of a PNG without its end, which Pillow takes
                raise OSError('cut short')


@contextmanager
def opened(file):
    """Open an image; where Pillow cannot decode it within this context, a UserError says so."""
    try:
        with Image.open(file) as image:
            yield image
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        if getattr(error, 'errno', None):  # of the system, such as a file that is gone
            raise
        raise UserError(f'{file} cannot be decoded: it is damaged or no image; get it again.') from error


def check_sizes(*files):
    """See that an image and its label are images of one size, by their first bytes.

    Raises:
        UserError: They are not.
    """
    sizes = {}
    check_regular(*files)
    for file in files:
        with opened(file) as image:
            sizes[file] = '{}x{}'.format(*image.size)
    if len(set(sizes.values())) > 1:
        raise UserError(f"{' but '.join(f'{file} is {size}' for file, size in sizes.items())}: get both again.")
