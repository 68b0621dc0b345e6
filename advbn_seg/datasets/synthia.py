"""SYNTHIA video sequences (Ros et al., CVPR 2016), read from the folders as they are unpacked."""

from collections import Counter
from pathlib import Path

from mmseg.registry import DATASETS

from ..errors import UserError
from . import layout
from .frames import FrameDataset
from .labels import CLASSES


@DATASETS.register_module()
class SynthiaSequences(FrameDataset):
    """One domain of SYNTHIA-SEQS (a scene under a condition), or of a data set rendered in its layout.

    Thirteen classes are scored. `metainfo['domain']` is the domain's name, such as `highway/dawn`. Load the labels
    with `LoadSynthiaLabels`. Where things lie: `advbn_seg/datasets/layout.py`.

    Args:
        data_root (str): Folder that holds the `SYNTHIA-SEQS-*` folders and `splits/`.
        scene (str): A key of `sequences`.
        condition (str): `dawn`, `fog`, `night`, `spring`, `winter` or another that SYNTHIA has.
        split (str, optional): `train` or `val`, read from `splits/{scene}_{condition}_{split}.txt`; None
            takes every frame.
        sequences (dict): Scene to sequence number; the paper leaves the numbers open.
        view (str): Camera; the paper's is the left one, looking forward.
        **kwargs: Of `FrameDataset`.

    Raises:
        FileNotFoundError: Data root, sequence, view or split list is not there; says how to make it.
        UserError: Unknown scene, condition or split; a list that is empty or names a frame twice; a frame without its
            image or label.
    """

    METAINFO = dict(classes=tuple(CLASSES), palette=[list(colour) for _, colour in CLASSES.values()])

    def __init__(self, data_root, scene='highway', condition='dawn', split='train',
                 sequences=layout.SEQUENCES, view=layout.VIEW, **kwargs):
        if split is not None and split not in layout.SPLITS:
            raise UserError(f"Unknown split '{split}': choose one of {', '.join(layout.SPLITS)}, or None "
                            'for every frame.')
        self.sequence = layout.sequence_folder(data_root, scene, condition, sequences)
        self.images = layout.image_folder(self.sequence, view)
        self.labels = layout.label_folder(self.sequence, view)
        self.split_list = split and layout.split_file(data_root, scene, condition, split)
        self.view = view
        super().__init__(data_root=data_root, domain=f'{scene}/{condition}', **kwargs)

    def load_data_list(self):
        self._check_exists(Path(self.data_root), 'data root')
        self._check_exists(self.sequence, 'sequence folder')
        stems = layout.paired_frames(self.sequence, self.view)
        if self.split_list:
            stems = self._listed(set(stems))
        return [self._frame(stem) for stem in stems]

    def _frame(self, stem):
        image, label = self.images / f'{stem}.png', self.labels / f'{stem}.png'
        uncompressed = layout.uncompressed_folder(self.sequence, self.view) / f'{stem}.bmp'
        compact = layout.train_id_folder(self.sequence, self.view) / f'{stem}.png'
        read = uncompressed if layout.same_time(uncompressed, image) else image
        return dict(img_path=str(read), seg_map_path=str(label),
                    label_map=self.label_map, reduce_zero_label=self.reduce_zero_label, seg_fields=[],
                    **(dict(train_ids_path=str(compact)) if layout.same_time(compact, label) else {}))

    def _listed(self, there):
        self._check_exists(self.split_list, 'split list')
        stems = layout.read_split(self.split_list)
        if not stems:
            raise UserError(f'The split list {self.split_list} is empty. {self._how_to_make()}')
        twice = [stem for stem, count in Counter(stems).items() if count > 1]
        if twice:
            raise UserError(f'The split list {self.split_list} names {len(twice)} frame(s) more than once, such as '
                            f'{twice[0]}. {self._how_to_make()}')
        gone = sorted(set(stems) - there)
        if gone:
            raise UserError(f'The split list {self.split_list} names {len(gone)} frame(s), such as '
                            f'{gone[0]}, that {self.images} does not have. {self._how_to_make()}')
        return stems

    def _check_exists(self, path, what):
        if not path.exists():
            raise FileNotFoundError(f'The {what} {path} is not there. {self._how_to_make()}')

    def _how_to_make(self):
        return (f'From SYNTHIA: advbn-seg prepare-synthia ARCHIVE... --out {self.data_root}; '
                f'or a small rendered stand-in: advbn-seg make-mini-synthia {self.data_root}')
