"""Loading of SYNTHIA and LabelMeFacade labels in a mmseg pipeline."""
from pathlib import Path

from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from ..errors import UserError
from .labelmefacade_labels import decode_colours
from .labels import decode_labels, decode_train_ids


class LoadLabels(BaseTransform):
    """Load a label file by a decoder of ours; a subclass says by which one.

    Required Keys:

    - seg_map_path (str)
    - ori_shape (tuple, optional): (H, W) of the image, which must be that of the labels.
    - label_map (dict, optional): Train id to new id, where the data set scores only some of the classes.
    - seg_fields (list)

    Added Keys:

    - gt_seg_map (np.ndarray): (H, W) uint8 train ids; 255 where the pixel is void.

    Raises:
        UserError: The labels are of another size than the image, and what the decoder says.
    """

    def decoder(self, results):
        """Return the function (bytes, name) -> train ids, and the path of the file that it decodes."""
        raise NotImplementedError

    def transform(self, results):
        decode, path = self.decoder(results)
        loaded = decode(Path(path).read_bytes(), path)
        (height, width), image = loaded.shape, results.get('ori_shape', loaded.shape)
        if (height, width) != tuple(image):
            raise UserError(f'{path} is {width}x{height}, but its image is {image[1]}x{image[0]}: unpack both again.')
        labels = loaded.copy()
        for old_id, new_id in (results.get('label_map') or {}).items():
            labels[loaded == old_id] = new_id
        results['gt_seg_map'] = labels
        results['seg_fields'].append('gt_seg_map')
        return results


@TRANSFORMS.register_module()
class LoadSynthiaLabels(LoadLabels):
    """Load the 16-bit labels of SYNTHIA-SEQS; takes the place of `LoadAnnotations`, which reads them as all
    void.

    Required Keys, besides those of `LoadLabels`:

    - train_ids_path (str, optional): The compact file of the same labels, which is read instead.

    Raises:
        UserError: The file is damaged, in another format, of another size than its image, of unknown ids or void
            in every pixel.
    """

    def decoder(self, results):
        if 'train_ids_path' in results:
            return decode_train_ids, results['train_ids_path']
        return decode_labels, results['seg_map_path']


@TRANSFORMS.register_module()
class LoadLabelMeFacadeLabels(LoadLabels):
    """Load the colour-coded labels of LabelMeFacade.

    Raises:
        UserError: The file is damaged, of another size than its image, or has a colour that is no class.
    """

    def decoder(self, results):
        return decode_colours, results['seg_map_path']
