"""ImageNet-AdvBN from any folder of CLASS/IMAGE (https://arxiv.org/abs/2009.08965, Appendix B), and its reference."""
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmengine.dataset import pseudo_collate
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.transforms.functional import to_pil_image

from ..errors import UserError
from ..models.feature_adversary import FeatureAdversary
from ..runtime.atomic_io import replacing
from ..synthetic.image_variants import claim, class_folders

ADVBN, RECONSTRUCTED = 'advbn', 'reconstructed'


def make_advbn_images(dataset: Dataset, root: str | Path, out: str | Path, adversary: FeatureAdversary,
                      reference: FeatureAdversary, batch_size: int = 32, settings: dict[str, Any] | None = None,
                      progress: Callable[[int, int], Any] | None = None) -> int:
    """Write OUT/advbn/CLASS/IMAGE.png and OUT/reconstructed/CLASS/IMAGE.png; whole batches there already are kept.

    Images share a batch as they follow each other in the data set, as in the paper. In ImageNet's validation set, which
    is sorted by class, most batches hold one class.

    Args:
        dataset: mmpretrain's `CustomDataset` of `root`, all or some of its images.
        root: folder of CLASS/IMAGE; every class gets its folder in `out`.
        adversary, reference: what attacks a batch, and what decodes it without an attack.
        settings: what the images depend on besides; `out` keeps them, so as not to mix two kinds of images.
        progress: called with (images done, images in all).

    Returns:
        How many files were written now.

    Raises:
        UserError: where `out` was made with other settings or of other images, or two images differ in their suffix
            only.
    """
    root, out = Path(root), Path(out)
    names = [png_name(dataset, index, root) for index in range(len(dataset))]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise UserError(f'{root} has two images that would both become {twice[0]}; rename one of them')
    claim(out, dict(settings or {}, batch_size=batch_size, images=len(names)), root)
    sets = {ADVBN: adversary, RECONSTRUCTED: reference}
    for kind in sets:
        for folder in class_folders(root):
            (out / kind / folder.name).mkdir(parents=True, exist_ok=True)
    written = 0
    for start in range(0, len(names), batch_size):
        block = range(start, min(start + batch_size, len(names)))
        missing = [kind for kind in sets if not all((out / kind / names[index]).exists() for index in block)]
        if missing:
            samples = [dataset[index] for index in block]
            for kind in missing:
                images = sets[kind](pseudo_collate(samples)).images
                save([out / kind / names[index] for index in block], images)
                written += len(images)
        if progress:
            progress(block[-1] + 1, len(names))
    return written


def png_name(dataset: Dataset, index: int, root: Path) -> Path:
    """Return CLASS/IMAGE.png of an image; PNG, as JPEG would take part of the attack away."""
    return Path(dataset.get_data_info(index)['img_path']).relative_to(root).with_suffix('.png')


def save(files: list[Path], images: Tensor) -> None:
    """Write images (B, 3, H, W), RGB from 0 to 1, each in one step."""
    for file, image in zip(files, (images * 255).round().byte().cpu()):
        with replacing(file) as temporary:
            to_pil_image(image).save(temporary)
