"""The sets of the paper's Section 5.1: where their images are, how they are cropped, which norms they go through.

Crops and norm branches are those of the authors' released test code and of Appendix A.3: sets that are close to
ImageNet go through the main norms, the others through the auxiliary ones.
"""
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError
from ...synthetic.corruptions import CORRUPTIONS, GROUPS, SEVERITIES


@dataclass(frozen=True)
class Variant:
    """A set of images: its name, its norm branch in the paper, and whether it is resized before the centre crop."""
    name: str
    branch: str = 'main'
    resize: bool = True


IMAGENET_C, INSTAGRAM = 'imagenet-c', 'instagram'
VARIANTS = (Variant('imagenet'), Variant(IMAGENET_C, resize=False), Variant(INSTAGRAM), Variant('sketch', 'aux'),
            Variant('stylized', 'aux', resize=False), Variant('advbn', 'aux', resize=False))


@dataclass(frozen=True)
class Cell:
    """What gets one number: a folder of CLASS/IMAGE; 'imagenet-c/fog/3', 'instagram/toaster' or 'sketch'."""
    name: str
    variant: Variant
    folder: Path


def find_cells(variant, root):
    """The cells of a set below its folder.

    Raises:
        UserError: where the folder is not there or lacks some of ImageNet-C's 75.
    """
    root = Path(root)
    if not root.is_dir():
        raise UserError(f'{root}: no such folder; {variant.name} needs one of {layout(variant)}')
    if variant.name == IMAGENET_C:
        return [Cell(f'{variant.name}/{name}', variant, folder) for name, folder in corruption_folders(root).items()]
    if variant.name == INSTAGRAM:
        filters = sorted(folder for folder in root.iterdir() if folder.is_dir())
        return [Cell(f'{variant.name}/{folder.name}', variant, folder) for folder in filters]
    return [Cell(variant.name, variant, root / 'val' if (root / 'val').is_dir() else root)]


def layout(variant):
    return {IMAGENET_C: 'CORRUPTION/SEVERITY/CLASS/IMAGE', INSTAGRAM: 'FILTER/CLASS/IMAGE'}.get(
        variant.name, 'CLASS/IMAGE')


def corruption_folders(root):
    """The 75 folders of ImageNet-C, as released or sorted by group (noise/shot_noise/1)."""
    group = {name: group for group, names in GROUPS.items() for name in names}
    folders = {f'{name}/{severity}': next(
        (folder for folder in (root / name / str(severity), root / group[name] / name / str(severity))
         if folder.is_dir()), None) for name in CORRUPTIONS for severity in SEVERITIES}
    missing = [name for name, folder in folders.items() if folder is None]
    if missing:
        raise UserError(f'{root} lacks {len(missing)} of the {len(folders)} folders CORRUPTION/SEVERITY of '
                        f'ImageNet-C, such as {missing[0]}')
    return folders
