"""ImageNet-C and ImageNet-Instagram from any folder of images."""
import inspect
import os
import shutil
import signal
from functools import partial

import mmcv
import numpy as np
import pytest
from mmpretrain.datasets import CustomDataset
from PIL import Image

from advbn_seg.errors import UserError
from advbn_seg.synthetic.image_variants import (
    SUFFIXES,
    class_folders,
    find_images,
    images_root,
    make_variants,
    read_image,
)

pytest.importorskip('imagecorruptions', reason='needs the extra [imagenet]')
pytest.importorskip('pilgram2', reason='needs the extra [imagenet]')
from advbn_seg.synthetic.corruptions import CORRUPTIONS, GROUPS, corrupt, corruption_changes, crop
from advbn_seg.synthetic.filters import FILTERS, filter_changes

pytestmark = pytest.mark.slow

NOISE = {name: change for name, change in corruption_changes(['gaussian_noise', 'impulse_noise']).items()
         if name.endswith('/3')}


@pytest.fixture(scope='module')
def photos(tmp_path_factory):
    """Two classes with two images each."""
    root = tmp_path_factory.mktemp('photos')
    for index, name in enumerate(('cat/a.png', 'cat/b.JPEG', 'dog/a.png', 'dog/c.png')):
        (root / name).parent.mkdir(exist_ok=True)
        pixels = np.random.default_rng(index).integers(0, 255, (6, 8, 3), dtype=np.uint8)
        Image.fromarray(pixels).resize((48, 36), Image.Resampling.BICUBIC).save(root / name)
    return root


def contents(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob('*') if file.is_file()}


def test_the_layout_is_that_of_the_originals(photos, tmp_path):
    assert make_variants(photos, tmp_path, {**NOISE, **filter_changes(['toaster'])}, workers=1) == 12
    images = ['cat/a.png', 'cat/b.JPEG', 'dog/a.png', 'dog/c.png']
    assert set(contents(tmp_path)) == {'settings.json', *(
        f'{change}/{image}' for image in images
        for change in ('gaussian_noise/3', 'impulse_noise/3', 'toaster'))}


def test_pixels_depend_on_image_and_seed_but_not_on_order_or_processes(photos, tmp_path):
    make_variants(photos, tmp_path / 'one', NOISE, workers=1)
    make_variants(photos, tmp_path / 'two', dict(reversed(NOISE.items())), workers=2)
    make_variants(photos, tmp_path / 'other', NOISE, seed=1, workers=1)
    one, two, other = (contents(tmp_path / name) for name in ('one', 'two', 'other'))
    assert one == two
    assert all(one[name] != other[name] for name in one)


def test_a_folder_with_images_that_were_not_made_here_is_left_alone(photos, tmp_path):
    (tmp_path / 'gaussian_noise' / '3' / 'cat').mkdir(parents=True)
    with pytest.raises(UserError, match=f'{tmp_path} holds folders that were not made here; give another folder'):
        make_variants(photos, tmp_path, NOISE, workers=1)
    assert not contents(tmp_path)


def test_an_interrupted_call_goes_on_and_makes_the_same(photos, tmp_path):
    def stop(done, total):
        if done == 2:
            raise KeyboardInterrupt

    make_variants(photos, tmp_path / 'whole', NOISE, workers=1)
    with pytest.raises(KeyboardInterrupt):
        make_variants(photos, tmp_path / 'parts', NOISE, workers=1, progress=stop)
    lost = tmp_path / 'parts/impulse_noise/3/cat/a.png'
    lost.unlink()
    make_variants(photos, tmp_path / 'parts', NOISE, workers=1)
    assert contents(tmp_path / 'whole') == contents(tmp_path / 'parts')
    assert make_variants(photos, tmp_path / 'parts', NOISE, workers=1) == 0


def test_images_of_other_settings_are_not_mixed(photos, tmp_path):
    make_variants(photos, tmp_path, filter_changes(['rise']), workers=1)
    with pytest.raises(ValueError, match="was made with {'seed': 0}, not with {'seed': 1}; give another folder"):
        make_variants(photos, tmp_path, filter_changes(['rise']), seed=1, workers=1)


def test_images_of_another_folder_are_not_mixed(photos, tmp_path):
    make_variants(photos, tmp_path / 'out', filter_changes(['rise']), limit=2, workers=1)
    moved = shutil.copytree(photos, tmp_path / 'moved')
    assert make_variants(moved, tmp_path / 'out', filter_changes(['rise']), workers=1) == 2
    Image.new('RGB', (48, 36), 'red').save(moved / 'cat/a.png')
    with pytest.raises(UserError, match=('out holds images that were made of others than those of .*moved; give .*, '
                                         'delete the key "source" from .*/out/settings.json')):
        make_variants(moved, tmp_path / 'out', filter_changes(['rise']), workers=1)
    (tmp_path / 'out/settings.json').write_text('{"seed": 0}')  # of version 0.1
    assert make_variants(photos, tmp_path / 'out', filter_changes(['rise']), workers=1) == 0


@pytest.mark.parametrize('below', ['', 'cat/out'])
def test_images_are_not_written_among_the_originals(photos, below):
    before = contents(photos)
    with pytest.raises(UserError, match='lies in .*, where its folders would be classes; give another folder'):
        make_variants(photos, photos / below, filter_changes(['rise']), workers=1)
    assert contents(photos) == before


@pytest.mark.parametrize('text', ['', '[1]', 'a: 1'])
def test_settings_of_another_program(photos, tmp_path, text):
    (tmp_path / 'settings.json').write_text(text)
    with pytest.raises(UserError, match='settings.json is not one of this command; give another folder'):
        make_variants(photos, tmp_path, filter_changes(['rise']), workers=1)


def test_a_limit_keeps_every_class_folder(photos, tmp_path):
    assert [str(image) for image in find_images(photos, 2)] == ['cat/a.png', 'dog/a.png']
    make_variants(photos, tmp_path, filter_changes(['rise']), limit=1, workers=1)
    assert sorted(folder.name for folder in (tmp_path / 'rise').iterdir()) == ['cat', 'dog']
    assert not any((tmp_path / 'rise/dog').iterdir())


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='has no images in class folders'):
        make_variants(tmp_path, tmp_path / 'out', filter_changes(['rise']))
    assert not (tmp_path / 'out').exists()


def test_a_cut_image_is_named(tmp_path):
    path = tmp_path / 'photos/cat/cut.jpg'
    path.parent.mkdir(parents=True)
    Image.new('RGB', (64, 64)).save(path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(UserError, match=f'^the image {path} cannot be read .*: put a whole copy in its place'):
        make_variants(tmp_path / 'photos', tmp_path / 'out', filter_changes(['toaster']), workers=1)


def test_classes_are_in_val_where_there_is_one_and_hidden_folders_are_none(photos, tmp_path):
    assert images_root(photos) == photos
    whole = shutil.copytree(photos, tmp_path / 'imagenet/val')
    (tmp_path / 'imagenet/train/cat').mkdir(parents=True)
    (whole / '.ipynb_checkpoints').mkdir()
    assert images_root(tmp_path / 'imagenet') == whole
    assert [folder.name for folder in class_folders(whole)] == ['cat', 'dog']
    assert make_variants(tmp_path / 'imagenet', tmp_path / 'out', filter_changes(['rise']), workers=1) == 4


@pytest.mark.parametrize('name', CORRUPTIONS)
def test_corruptions_repeat_themselves_and_differ_by_severity(photos, name):
    image = crop(Image.open(photos / 'cat/a.png').convert('RGB'), 36, 32)
    mild, again, strong = (np.asarray(corrupt(image, 7, name, severity)) for severity in (1, 1, 5))
    assert mild.shape == (32, 32, 3) and mild.dtype == np.uint8
    assert np.array_equal(mild, again)
    assert not np.array_equal(mild, image) and not np.array_equal(mild, strong)


def test_groups_hold_each_corruption_once():
    assert [len(names) for names in GROUPS.values()] == [3, 4, 4, 4]
    assert len(set(CORRUPTIONS)) == 15


def test_small_images_are_refused():
    with pytest.raises(ValueError, match='need images of 32 pixels on each side, found'):
        corrupt(Image.new('RGB', (32, 31)), 0, 'fog', 1)


def test_a_small_image_is_named_by_its_path(tmp_path):
    (tmp_path / 'in/dog').mkdir(parents=True)
    Image.new('RGB', (20, 20)).save(tmp_path / 'in/dog/small.png')
    with pytest.raises(UserError, match='in/dog/small.png: corruptions need images of 32 pixels'):
        make_variants(tmp_path / 'in', tmp_path / 'out', NOISE, workers=1)


def test_all_twenty_filters_change_the_image_each_in_its_way(photos):
    image = Image.open(photos / 'dog/c.png').convert('RGB')
    results = {np.asarray(change(image, 0)).tobytes() for change in filter_changes().values()}
    assert len(FILTERS) == 20
    assert len(results | {np.asarray(image).tobytes()}) == 21


@pytest.mark.parametrize('package, make, command', [
    ('imagecorruptions', corruption_changes, 'imagecorruptions-imaug'), ('pilgram2', filter_changes, 'pilgram2')])
def test_a_missing_package_is_named(monkeypatch, package, make, command):
    monkeypatch.setitem(__import__('sys').modules, package, None)
    with pytest.raises(UserError, match=f'pip install {command}'):
        make()


def test_crop_is_that_of_imagenet_c():
    image = crop(Image.new('RGB', (500, 300)), 256, 224)
    assert image.size == (224, 224)
    assert partial(crop, short_side=40, side=32)(Image.new('RGB', (48, 36))).size == (32, 32)


def test_images_are_those_that_mmpretrain_reads():
    known = inspect.signature(CustomDataset.__init__).parameters['extensions'].default
    assert SUFFIXES == known


def test_an_image_is_turned_as_mmcv_turns_it(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    tag = Image.Exif()
    tag[0x0112] = 6
    Image.fromarray(pixels).save(tmp_path / 'a.png', exif=tag)
    assert np.array_equal(np.asarray(read_image(tmp_path / 'a.png')), mmcv.imread(tmp_path / 'a.png')[..., ::-1])


def test_what_cannot_be_read_as_mmcv_reads_it(tmp_path):
    Image.fromarray(np.full((4, 4), 40000, np.uint16)).save(tmp_path / 'deep.png')
    with pytest.raises(UserError, match='deep.png has more than 8 bits a channel: save it with 8'):
        read_image(tmp_path / 'deep.png')
    os.mkfifo(tmp_path / 'pipe.png')
    with pytest.raises(UserError, match='pipe.png is a FIFO'):
        read_image(tmp_path / 'pipe.png')
    (tmp_path / 'cut.ppm').write_bytes(b'P6 4 4 255\n' + bytes(9))
    (tmp_path / 'bad.ppm').write_bytes(b'P6 x 4 255\n' + bytes(48))
    for name in ('cut.ppm', 'bad.ppm'):
        with pytest.raises(UserError, match=f'^the image .*{name} cannot be read'):
            read_image(tmp_path / name)


def test_an_image_too_large_for_pil_is_named(tmp_path, monkeypatch):
    Image.new('RGB', (40, 40)).save(tmp_path / 'large.png')
    monkeypatch.setattr(Image, 'MAX_IMAGE_PIXELS', 100)
    with pytest.raises(UserError, match='^the image .*large.png cannot be read .Image size .1600 pixels. exceeds'):
        read_image(tmp_path / 'large.png')


def test_what_macos_leaves_in_a_folder_is_no_image(photos, tmp_path):
    shutil.copytree(photos, tmp_path / 'copy')
    (tmp_path / 'copy/cat/._a.png').write_bytes(b'attributes')
    assert find_images(tmp_path / 'copy') == find_images(photos)


def killed(image, seed):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_killed_process_is_told(photos, tmp_path):
    with pytest.raises(UserError, match='^a process that makes images was killed, perhaps for want of memory: run '):
        make_variants(photos, tmp_path, dict(change=killed), workers=2)


def test_a_name_that_is_no_text(tmp_path):
    folder = tmp_path / os.fsdecode(b'caf\xe9')
    folder.mkdir()
    (folder / '1.png').touch()
    with pytest.raises(UserError, match='has a file whose name is not UTF-8'):
        find_images(tmp_path)
