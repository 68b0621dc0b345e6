"""Copies of an image folder, each image under each of several changes: OUT/CHANGE/CLASS/IMAGE.

`make_imagenet_c` and `make_imagenet_instagram` share this module: the choice of images, several processes, and going on
where a call stopped. `make_imagenet_advbn` has its own loop, and takes the note of settings and the classes from here.
"""
import hashlib
import json
from functools import partial
from pathlib import Path

from PIL import Image, ImageOps

from ..errors import UserError
from ..runtime.atomic_io import replacing, write_text
from ..runtime.regular_files import check_name, check_regular
from .processes import image_processes

SUFFIXES = ('.jpg', '.jpeg', '.png', '.ppm', '.bmp', '.pgm', '.tif')  # which mmpretrain's CustomDataset reads
JPEG = dict(quality=85, optimize=True)  # as ImageNet-C was written
SETTINGS = 'settings.json'


def find_images(root, limit=None):
    """Return the images below ROOT/CLASS, relative to ROOT, sorted; `limit` of them at equal distances if given.

    Raises:
        FileNotFoundError: where there is none.
        UserError: A name that is not UTF-8.
    """
    root = Path(root)
    images = [file.relative_to(root) for folder in class_folders(root) for file in sorted(folder.rglob('*'))
              if file.suffix.lower() in SUFFIXES and not file.name.startswith('.')]  # of macOS: no images
    for image in images:
        check_name(image, root)
    if not images:
        raise FileNotFoundError(f'{root} has no images in class folders, such as {root}/n01440764/1.jpg')
    count = min(limit or len(images), len(images))
    return [images[index * len(images) // count] for index in range(count)]


def class_folders(root):
    """Return the folders of classes; hidden ones, such as .ipynb_checkpoints, are none."""
    return sorted(folder for folder in Path(root).glob('[!.]*') if folder.is_dir())


def images_root(folder):
    """Return where the classes of a set are: in its folder val, as ImageNet's, or else in the folder itself."""
    val = Path(folder) / 'val'
    return val if val.is_dir() else Path(folder)


def make_variants(root, out, changes, prepare=None, seed=0, settings=(), limit=None, workers=None, progress=None):
    """Write every image below `root` under every change; files that are there already are kept.

    Args:
        root, out (str | Path): the folders of CLASS/IMAGE and of CHANGE/CLASS/IMAGE; see `images_root`.
        changes (dict): path of a change below `out` -> function (image, random seed) that makes it; both are PIL's.
        prepare (callable, optional): from the opened RGB image to the image that all changes start from.
        seed (int): of the randomness in the changes.
        settings (dict): the other things that pixels depend on; `out` keeps them, so as not to mix two kinds of images.
        limit (int, optional): how many of the images; classes that get none keep their empty folder, and so every
            class its number.
        workers (int, optional): processes; all cores if not given. The images do not depend on it.
        progress (callable, optional): called with (images done, images in all); an image is done with all changes.

    Returns:
        int: how many files were written now.

    Raises:
        FileNotFoundError: where `root` has no images.
        UserError: where `out` was made with other settings or of other images, or lies in `root`.
    """
    root = images_root(root)
    images = find_images(root, limit)
    claim(out, dict(settings, seed=seed), root)
    for change in changes:
        for folder in class_folders(root):
            (Path(out) / change / folder.name).mkdir(parents=True, exist_ok=True)
    work = partial(write_changes, root, Path(out), changes, prepare, seed)
    written = 0
    with image_processes(workers) as pool:
        for done, count in enumerate(pool.map(work, images), start=1):
            written += count
            if progress:
                progress(done, len(images))
    return written


def claim(out, settings, root):
    """Note in `out` what its images depend on, or see that the note there says the same.

    Args:
        settings (dict): how they are made.
        root (str | Path): folder of CLASS/IMAGE that they are made of; the note has a fingerprint of it.

    Raises:
        UserError: where it does not, or where there are folders without a note; or `out` lies in `root`, whose
            classes would be more by its folders.
    """
    if Path(out).resolve().is_relative_to(Path(root).resolve()):
        raise UserError(f'{out} lies in {root}, where its folders would be classes; give another folder')
    file, source = Path(out) / SETTINGS, images_fingerprint(root)
    try:
        found = dict(json.loads(file.read_text(encoding='utf-8'))) if file.is_file() else dict(settings)
    except (TypeError, ValueError):
        raise UserError(f'{file} is not one of this command; give another folder for the images') from None
    if not file.is_file() and class_folders(out):
        raise UserError(f'{out} holds folders that were not made here; give another folder for the images')
    if found.pop('source', source) != source:  # notes of version 0.1 have none
        raise UserError(f'{out} holds images that were made of others than those of {root}; give another folder, or '
                        f'delete this one. Where only damaged images were mended, delete the key "source" from {file}')
    if found != settings:
        raise UserError(f'{out} was made with {found}, not with {settings}; give another folder, or delete this one')
    write_text(file, json.dumps(dict(settings, source=source)) + '\n')


def is_whole(folder):
    """Return whether a folder's images are of `make-imagenet-c --crop 0`: as large as those they were made of."""
    try:
        settings = json.loads((Path(folder) / SETTINGS).read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return False
    return isinstance(settings, dict) and 'seed' in settings and 'crop' not in settings


def images_fingerprint(root):
    """Return the SHA-256 of the names and sizes of all images of a folder; moving the folder keeps it."""
    listing = [(image.as_posix(), (Path(root) / image).stat().st_size) for image in find_images(root)]
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()


def write_changes(root, out, changes, prepare, seed, image):
    """Write one image under each change that is still missing, and return how many were written.

    Raises:
        UserError: The image cannot be read.
    """
    missing = [change for change in changes if not (out / change / image).exists()]
    if missing:
        original = read_image(root / image)
        if prepare:
            original = prepare(original)
        for change in missing:
            try:
                changed = changes[change](original, draw_seed(seed, change, image))
            except UserError as error:
                raise UserError(f'{root / image}: {error}') from error
            with replacing(out / change / image) as temporary:
                changed.save(temporary, **(JPEG if image.suffix.lower() in ('.jpg', '.jpeg') else {}))
    return len(missing)


def read_image(path):
    """Return an image as mmcv loads it for the clean set: PIL's, RGB, turned as its EXIF tag says.

    Raises:
        UserError: It is damaged, no ordinary file, or has more than 8 bits a channel, which PIL would clip.
    """
    check_regular(path)
    try:
        with Image.open(path) as file:
            if file.mode.startswith(('I', 'F')):
                raise UserError(f'the image {path} has more than 8 bits a channel: save it with 8')
            return ImageOps.exif_transpose(file).convert('RGB')
    except UserError:
        raise
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(f'the image {path} cannot be read ({error}): put a whole copy in its place, or take it '
                        'out') from None


def draw_seed(seed, change, image):
    """Return a 32-bit seed of one image under one change, whatever was made before it."""
    return int.from_bytes(hashlib.sha256(f'{seed}/{change}/{image.as_posix()}'.encode()).digest()[:4], 'big')
