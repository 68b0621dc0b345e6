"""How mmseg loads labels: without a word of the file that it cannot use."""
from functools import wraps

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
        except FileNotFoundError:
            raise
        except (OSError, SyntaxError) as error:  # Pillow's
            raise UserError(f"the label {results['seg_map_path']} cannot be decoded ({error}): it is cut short, "
                            'damaged or no image; put a whole copy in its place, or take it out of the data set'
                            ) from None

    LoadAnnotations._load_seg_map = load_seg_map
