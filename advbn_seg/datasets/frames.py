"""What the data sets share: an error while a frame is loaded names its files."""
import cv2
from mmseg.datasets import BaseSegDataset

from ..errors import UserError
from ..runtime.regular_files import check_regular


class FrameDataset(BaseSegDataset):
    """A data set of images and labels that says which frame cannot be used.

    Raises:
        UserError: On access to a frame, where a file of it cannot be read, or its labels have an id that is no class.
    """

    def prepare_data(self, idx):
        files = self.get_data_info(idx)
        check_regular(files['img_path'], files['seg_map_path'])
        try:
            sample = super().prepare_data(idx)
        except (AssertionError, OSError, SyntaxError, cv2.error) as error:  # of mmcv's loaders
            raise UserError(f"{files['img_path']} or its label {files['seg_map_path']} cannot be decoded: one is "
                            'damaged or no image; get both from their archive again.') from error
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
