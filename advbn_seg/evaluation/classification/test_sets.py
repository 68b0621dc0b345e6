"""The sets of the paper's Section 5.1: where their images are, how they are cropped, which norms they go through.

Crops and norm branches are those of the authors' released test code and of Appendix A.3. Sets that are close to
ImageNet go through the main norms, the others through the auxiliary ones. A config, or the file of `--domains`, names
its sets with the key `domains`::

    domains = [dict(name='imagenet-c', folder='data/imagenet-c'),
               dict(name='paintings', folder='data/paintings', branch='aux', resize=False)]
"""
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from ...errors import UserError
from ...runtime.configs import type_name
from ...runtime.hook_configs import has_auxiliary_norms
from ...synthetic.corruptions import CORRUPTIONS, GROUPS, SEVERITIES
from ...synthetic.filters import FILTERS
from ...synthetic.image_variants import images_root, is_whole
from ..engine import Cell
from ..results import PAPER

IMAGENET_C, INSTAGRAM = 'imagenet-c', 'instagram'
TITLES = {'imagenet': 'clean', IMAGENET_C: 'corrupted', INSTAGRAM: 'Instagram', 'sketch': 'Sketch',
          'stylized': 'Stylized', 'advbn': 'ImageNet-AdvBN', 'reconstructed': 'reconstructed'}
FOLDERS = {IMAGENET_C: len(CORRUPTIONS) * len(SEVERITIES), INSTAGRAM: len(FILTERS)}  # of the whole set
RESIZING = ('Resize', 'ResizeEdge')


@dataclass(frozen=True)
class TestSet:
    """A set of images: its name and folder, its norm branch, and whether it is resized before the centre crop.

    Where branch and resize are not given they are the paper's, and for other names than its own those of ImageNet.
    """
    name: str
    folder: str
    branch: str | None = None
    resize: bool | None = None

    def complete(self):
        known = next((each for each in PAPER_SETS if each.name == self.name), PAPER_SETS[0])
        resize = known.resize or is_whole(self.folder) if self.resize is None else self.resize
        return replace(self, branch=self.branch or known.branch, resize=resize)


PAPER_SETS = (TestSet('imagenet', '', 'main', True), TestSet(IMAGENET_C, '', 'main', False),
              TestSet(INSTAGRAM, '', 'main', True), TestSet('sketch', '', 'aux', True),
              TestSet('stylized', '', 'aux', False), TestSet('advbn', '', 'aux', False),
              TestSet('reconstructed', '', 'aux', False))  # what ImageNet-AdvBN's decoder makes without an attack


def is_error(name):
    """Return whether the number of a set, or of a part of a set, is an error, of which less is better."""
    return name == IMAGENET_C or name.startswith((f'{IMAGENET_C}/', f'{IMAGENET_C} ('))


def set_cells(run):
    """Return the cells of a run: one for each folder of CLASS/IMAGE in the sets of `test_sets_of`.

    Raises:
        UserError: where a folder is not there, or does not suit the config.
    """
    if run.cfg.get('default_scope') == 'mmseg':
        raise UserError(f'{run.name} is a segmentor, and these are sets for a classifier: use advbn-seg matrix')
    auxiliary = has_auxiliary_norms(run.cfg)
    cells = []
    for each in test_sets_of(run):
        each = each.complete()
        branch = run.branch if run.branch != PAPER else each.branch if auxiliary else 'main'
        for name, folder in find_folders(each.name, each.folder).items():
            cells.append(Cell(name, dict(type='mmpretrain.CustomDataset', data_root=str(folder),
                                         pipeline=pipeline(run.cfg, each.resize)), branch))
    check_classes(run.cfg, [Path(cell.config['data_root']) for cell in cells])
    return cells


def test_sets_of(run):
    """Return the sets that a run's key `domains` names, or else those of the key `test_sets`, as `TestSet`s.

    The latter holds the flags by which `advbn-seg robustness` scores the run after its training.

    Raises:
        UserError: where the config has neither key.
    """
    if 'domains' in run.cfg:
        return run.domains(TestSet)
    if 'test_sets' in run.cfg:
        flags = flags_of(run.cfg)
        others = [other.partition('=')[::2] for other in filter(None, [flags.pop('other', None)])]
        return [TestSet(name.replace('_', '-'), folder) for name, folder in [*flags.items(), *others]]
    raise UserError(f'{run.name}: there is nothing to score it on; give at least one set, such as --imagenet DIR, '
                    'or --domains FILE')


def flags_of(cfg):
    """Return a config's key `test_sets` as a dict.

    Raises:
        UserError: where it is something else.
    """
    if not isinstance(cfg.test_sets, dict):
        raise UserError(f"{cfg.filename}: test_sets must be a dict of folders, such as dict(imagenet='data/val'), "
                        f'found {cfg.test_sets!r}; on the command line give each by itself, as in '
                        '--cfg-options test_sets.imagenet=data/val')
    return dict(cfg.test_sets)


def pipeline(cfg, resize):
    """Return the config's test pipeline, without its resizing for a set that is only cropped."""
    steps = cfg.test_dataloader.dataset.pipeline
    return [step for step in steps if resize or type_name(step) not in RESIZING]


def check_classes(cfg, folders):
    """Raise UserError where a folder has not a subfolder for each class of the model, or others than the first has."""
    expected, first = number_of_classes(cfg), None
    for folder in folders:
        classes = {each.name for each in folder.iterdir() if each.is_dir()}
        if strays := strays_among(classes, cfg):
            raise UserError(f"{folder} has the folder '{strays[0]}' beside those of classes: move it away, as classes "
                            'are numbered in the order of all folders')
        if expected not in (None, len(classes)):
            raise UserError(f'{folder} has {len(classes)} class folders, but the model of {cfg.filename} knows '
                            f'{expected} classes; give a folder of CLASS/IMAGE with all classes, empty ones too')
        first = classes if first is None else first
        if other := sorted(classes ^ first):
            raise UserError(f"{folders[0]} and {folder} differ in their class folders, such as '{other[0]}': classes "
                            'are numbered in the order of these names, so name those of both alike')


def strays_among(folders, cfg):
    """Return the names that are of no class: hidden ones, and others than n01440764 where most are such.

    Folders that a training took its classes from may have any names: see `check_class_order`.
    """
    wordnet = [] if numbers_by_folders(cfg) else [name for name in folders if re.fullmatch(r'n\d{8}', name)]
    return sorted(name for name in folders if name.startswith(('.', '__MACOSX'))
                  or 2 * len(wordnet) > len(folders) and name not in wordnet)


def check_class_order(run, cell, trained):
    """See that the names of class folders number the classes as the training has numbered them.

    Where it took the numbers from the names of its folders, the names are the same; elsewhere, as with ImageNet,
    numbers that are names are in the order of text. ImageNet-V2 comes with folders 0 to 999, where 10 is before 2.

    Raises:
        UserError: naming two classes.
    """
    if not numbers_by_folders(run.cfg):
        numbers = [name for name in cell.classes if name.isdecimal()]
        for before, name in pairwise(numbers):
            if int(before) > int(name):
                raise UserError(f'{cell.name} has its class folder {before!r} before {name!r}, as names are sorted as '
                                f'text: give them leading zeros, such as {name.zfill(max(map(len, numbers)))!r}')
        return
    if not trained:
        return
    for place, (had, name) in enumerate(zip(trained, cell.classes)):
        if had != name:
            raise UserError(f'{run.name} was trained with {had!r} as class {place}, but {cell.name} has {name!r} '
                            'there: give its class folders the names that the training had')


def numbers_by_folders(cfg):
    """Return whether a config's training takes the numbers of classes from the names of folders."""
    return type_name((cfg.get('train_dataloader') or {}).get('dataset') or {}) == 'CustomDataset'


def number_of_classes(cfg):
    """Return how many classes a config's model tells apart, as head, model or backbone (VGG) says, or None.

    Of a decoder these are its encoder's.
    """
    model = cfg.model.get('encoder', cfg.model)
    parts = [model.get('head'), model, model.get('backbone')]
    return next((part['num_classes'] for part in parts if part and (part.get('num_classes') or 0) > 0), None)


def find_folders(name, root):
    """Return name -> folder of each cell of a set: 'imagenet-c/fog/3', 'instagram/toaster' or 'sketch'.

    Raises:
        UserError: where the folder is not there, or has nothing of ImageNet-C or -Instagram.
    """
    root = Path(root)
    if not root.is_dir():
        layout = {IMAGENET_C: 'CORRUPTION/SEVERITY/CLASS/IMAGE', INSTAGRAM: 'FILTER/CLASS/IMAGE'}
        raise UserError(f'{root}: no such folder; {name} needs one of {layout.get(name, "CLASS/IMAGE")}')
    if name == IMAGENET_C:
        return corruption_folders(root)
    if name == INSTAGRAM:
        folders = {f'{name}/{folder.name}': folder for folder in sorted(root.iterdir()) if folder.is_dir()}
        if not folders:
            raise UserError(f'{root} has no folders FILTER/CLASS/IMAGE, such as toaster/n01440764/1.jpg')
        return folders
    return {name: images_root(root)}


def corruption_folders(root):
    """Return the folders of ImageNet-C that are there, as released or sorted by group (noise/shot_noise/1)."""
    group = {name: group for group, names in GROUPS.items() for name in names}
    folders = {f'{name}/{severity}': next(
        (folder for folder in (root / name / str(severity), root / group[name] / name / str(severity))
         if folder.is_dir()), None) for name in CORRUPTIONS for severity in SEVERITIES}
    found = {f'{IMAGENET_C}/{name}': folder for name, folder in folders.items() if folder}
    if not found:
        raise UserError(f'{root} has none of the {len(folders)} folders CORRUPTION/SEVERITY of ImageNet-C, such as '
                        f'{next(iter(folders))}')
    return found
