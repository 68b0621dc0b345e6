"""Loading of SYNTHIA labels in a mmseg pipeline."""

import mmengine.fileio as fileio
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from ..errors import UserError
from .labels import decode_labels, decode_train_ids


@TRANSFORMS.register_module()
class LoadSynthiaLabels(BaseTransform):
    """Loads the 16-bit labels of SYNTHIA-SEQS in the place of `LoadAnnotations`, which reads every pixel as void.

    Required Keys:

    - seg_map_path (str)
    - train_ids_path (str, optional): The compact file of the same labels, which is read instead.
    - ori_shape (tuple, optional): (H, W) of the image, which must be that of the labels.
    - label_map (dict, optional): Train id to new id, where the data set scores only some of the classes.
    - seg_fields (list)

    Added Keys:

    - gt_seg_map (np.ndarray): (H, W) uint8 train ids; 255 where the pixel is void.

    Args:
        backend_args (dict, optional): Of mmengine's file backend.

    Raises:
        UserError: The file is damaged, in another format, of another size than its image, of unknown ids or void
            in every pixel.
    """

    def __init__(self, backend_args=None):
        self.backend_args = backend_args

    def transform(self, results):
        decode, path = decode_labels, results['seg_map_path']
        if 'train_ids_path' in results:
            decode, path = decode_train_ids, results['train_ids_path']
        loaded = decode(fileio.get(path, backend_args=self.backend_args), path)
        (height, width), image = loaded.shape, results.get('ori_shape', loaded.shape)
        if (height, width) != tuple(image):
            raise UserError(f'{path} is {width}x{height}, but its image is {image[1]}x{image[0]}: unpack both again.')
        labels = loaded.copy()
        for old_id, new_id in (results.get('label_map') or {}).items():
            labels[loaded == old_id] = new_id
        results['gt_seg_map'] = labels
        results['seg_fields'].append('gt_seg_map')
        return results

    def __repr__(self):
        return f'{type(self).__name__}(backend_args={self.backend_args})'
