"""How mmseg loads labels: without a word of the file that it cannot use."""
from functools import wraps
from pathlib import Path

from mmcv import imread

from ...errors import UserError


def name_unusable_labels():
    """Have mmseg's `LoadAnnotations` raise UserError, with the file's name, for a label that it cannot decode."""
    from mmseg.datasets.transforms import LoadAnnotations

    load = LoadAnnotations._load_seg_map
    if hasattr(load, '__wrapped__'):
        return

    @wraps(load)
    def load_seg_map(self, results):
        if not results.get('seg_map_path'):
            raise UserError(f"{results.get('img_path', 'an image')} has no label: give data_prefix of the data set "
                            'both img_path and seg_map_path')
        try:
            load(self, results)
            refuse_wide_ids(results['seg_map_path'])
        except FileNotFoundError:
            raise
        except (AttributeError, OSError, SyntaxError) as error:  # Pillow's, and the first for the None of OpenCV
            if isinstance(error, AttributeError) and self.imdecode_backend != 'cv2':
                raise
            raise UserError(f"the label {results['seg_map_path']} cannot be decoded ({error}): it is cut short, "
                            'damaged or no image; put a whole copy in its place, or take it out of the data set'
                            ) from None

    LoadAnnotations._load_seg_map = load_seg_map


def refuse_wide_ids(path):
    """Raise UserError where a grey PNG or TIFF of 16 bits, on this disk, has ids above 255, which mmseg cuts."""
    if not Path(path).is_file():  # elsewhere, by backend_args
        return
    with open(path, 'rb') as file:
        header = file.read(26)
    wide = header.startswith(b'\x89PNG') and header[24:] == b'\x10\0'  # bits, no colours: w3.org/TR/png-3/#11IHDR
    if wide or header.startswith((b'II*\0', b'MM\0*')):  # of TIFF, whose bits stand anywhere
        ids = imread(path, flag='unchanged', backend='cv2')  # None where Pillow alone knows the compression
        if ids is not None and (highest := ids.max()) > 255:
            raise UserError(f'the label {path} has ids up to {highest} in 16 bits, which mmseg would cut to 8: save '
                            'the ids of classes, at most 255, in 8 bits')
