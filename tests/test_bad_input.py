"""Bad input: what is wrong, the tool that meets it, and the one sentence that it says on stderr.

    python -m tests.test_bad_input    # the table as Markdown

Files that would run code are in tests/runtime/test_hostile_files.py; more that is wrong with frames, archives and runs
is beside its reader, in tests/datasets and tests/evaluation.
"""
import os
import re
import socket
import tarfile
import tempfile
import warnings
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
import torch
from mmcv.transforms import LoadImageFromFile
from mmengine.config import Config
from mmseg.registry import TRANSFORMS

from .datasets.preparation.test_archives import make_tar, make_zip
from .datasets.synthia_files import label_array, write_png
from .lab import Lab


@TRANSFORMS.register_module()
class LoadNaN(LoadImageFromFile):
    """What a float image may hold."""

    def transform(self, results):
        results = super().transform(results)
        results['img'] = np.full_like(results['img'], np.nan, np.float32)
        return results


# A harm is done to a Lab, and may return further arguments for the tool.

def damaged(name, content):
    """The file `name` of the Lab has another content, or what a function makes of its own."""
    def harm(lab):
        file = getattr(lab, name)
        file.write_bytes(content(file.read_bytes()) if callable(content) else content)
    return harm


def labelled(array):
    """A label has these pixels."""
    return lambda lab: write_png(lab.label, array)


def options(*changes):
    """The config is changed."""
    return lambda lab: ['--cfg-options', *changes]


def rewritten(old, new):
    """The config's text has a mistake."""
    def harm(lab):
        text = lab.config.read_text()
        assert old in text
        lab.config.write_text(text.replace(old, new))
    return harm


def weights(change):
    """The checkpoint has other weights."""
    return lambda lab: lab.save(change(lab.state))


def fifo(path):
    """Reading the file waits for ever."""
    path.unlink()
    os.mkfifo(path)


def two_classes(state):
    return {key: value[:2] if 'conv_seg' in key else value for key, value in state.items()}


def archive(make, files=(), **special):
    """There is an archive to unpack."""
    def harm(lab):
        make(lab.folder / 'a.archive', {'fine.txt': b'', **dict(files)}, **special)
        return [lab.folder / 'a.archive']
    return harm


def two_class_sets(lab):
    assert lab.start('cross_domain_matrix') == (0, '')
    return ["--cfg-options", "test_dataloader.dataset.metainfo.classes=('road','car')"]


def own_files(change=lambda folder: None, **settings):
    """The data set is one of mmseg's own kind, with files of the user's, of which `change` spoils some."""
    def harm(lab):
        folder = lab.folder / 'own'
        for index in range(2):
            write_png(folder / f'images/{index}.png', np.full((32, 48, 3), 90, np.uint8))
            write_png(folder / f'labels/{index}.png', np.arange(12, dtype=np.uint8).repeat(128).reshape(32, 48))
        change(folder)
        dataset = dict(
            type='BaseSegDataset', data_root=str(folder), img_suffix='.png',
            data_prefix=dict(img_path='images', seg_map_path='labels'),
            metainfo=dict(classes=tuple('abcdefghijklm')),
            pipeline=[dict(type='LoadImageFromFile'), dict(type='LoadAnnotations'), dict(type='PackSegInputs')])
        cfg = Config.fromfile(lab.config).to_dict()
        for part in ('train', 'val', 'test'):
            cfg[f'{part}_dataloader']['dataset'] = {**dataset, **settings}
        cfg.update(domains=[dict(name='street/day', dataset={})], source_domain='street/day')
        for file in (lab.config, lab.run / 'config.py'):
            file.write_text(''.join(f'{key} = {value!r}\n' for key, value in cfg.items()))
    return harm


def cut_label(folder):
    label = folder / 'labels/1.png'
    label.write_bytes(label.read_bytes()[:60])


def coloured_labels(folder):
    for index in range(2):
        write_png(folder / f'labels/{index}.png', np.ones((32, 48, 3), np.uint8))


def wide_labels(folder):
    for index in range(2):
        write_png(folder / f'labels/{index}.png', np.full((32, 48), 257, np.uint16))


def work_dir_of_another(lab):
    (lab.run / 'config.py').rename(lab.run / 'other.py')
    return ['--work-dir', lab.run]


def full_disk(lab):
    lab.largest_file = 100  # bytes, as a quota that is used up: root cannot be refused otherwise
    return []


def full_disk_of_archives(lab):
    full_disk(lab)
    return archive(make_zip, {'SYNTHIA-SEQS-01-DAWN/RGB/a.png': bytes(1000)})(lab)


def port_in_use(lab):
    lab.kept_open.append(socket.create_server(('127.0.0.1', 0)))
    port = lab.kept_open[0].getsockname()[1]
    lab.env.update(RANK='0', WORLD_SIZE='2', LOCAL_RANK='0', MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port))
    return ['--launcher', 'pytorch']


def arguments_of(harm, lab):
    """Does the harm; some return what is left of a file system call, which is no argument."""
    arguments = harm(lab)
    return arguments if isinstance(arguments, list) else []


def both(*harms):
    return lambda lab: [argument for harm in harms for argument in arguments_of(harm, lab)]


Bad = namedtuple('Bad', 'what tool harm says')
HOOK = 'custom_hooks.0'
TABLE = [
    # images and labels, as training meets them; tests/datasets/test_prepare.py has how prepare-synthia does
    Bad('empty image', 'train', damaged('image', b''), '0.png cannot be decoded: it is damaged or no image'),
    Bad('truncated image', 'train', damaged('image', lambda data: data[:60]),
        '0.png cannot be decoded: it is damaged or no image'),
    Bad('image of another format', 'train', damaged('image', b'<html>'),
        '0.png cannot be decoded: it is damaged or no image'),
    Bad('truncated label', 'train', damaged('label', lambda data: data[:60]),
        r'0.png cannot be decoded: it is damaged'),
    Bad('8-bit label', 'train', labelled(np.ones((32, 48, 3), np.uint8)), r'0.png is a 8-bit image of 3 channel'),
    Bad('label of one channel', 'train', labelled(np.ones((32, 48), np.uint16)),
        'image of 1 channel.*are 16-bit with 3'),
    Bad('label of nothing but void', 'train', labelled(label_array(np.zeros((32, 48)))), 'void in every pixel'),
    Bad('unknown class id', 'train', labelled(label_array(np.full((32, 48), 77))), r'class ids \[77\], but .* 0 to 15'),
    Bad('label of another size than its image', 'train', labelled(label_array(np.ones((30, 48)))),
        '0.png is 48x30, but its image is 48x32: unpack both'),
    Bad('image that is not finite', 'train', options('train_dataloader.dataset.pipeline.0.type=LoadNaN'),
        'the loss of the first batch is nan: the batch or the model holds inf or NaN'),
    Bad('FIFO as an image', 'train', lambda lab: fifo(lab.image), '0.png is a FIFO, a socket or a device, but a file'),
    Bad('FIFO as a label', 'train', lambda lab: fifo(lab.label), '0.png is a FIFO, a socket or a device, but a file'),
    Bad('image without its label', 'train', lambda lab: lab.label.unlink(), '000000.png has no label in .*unpack'),
    Bad('empty split list', 'train', damaged('train_list', b'\n'), 'highway_dawn_train.txt is empty.*prepare-synthia'),
    Bad('frame listed twice', 'train', damaged('train_list', b'000001\n000001\n'), 'more than once, such as 000001'),
    Bad('frame listed that is not there', 'train', damaged('train_list', b'000099\n'),
        'such as 000099, that .*not have'),
    Bad('data that is not there', 'train', options('train_dataloader.dataset.data_root=nowhere'),
        'data root nowhere is not there.*prepare-synthia'),
    Bad('unknown domain', 'train', options('train_dataloader.dataset.condition=hail'),
        "condition 'hail': choose one of"),
    Bad("one's own label, truncated", 'train', own_files(cut_label),
        r'the label \S+/own/labels/1.png cannot be decoded \(.*\): it is cut short, damaged or no image'),
    Bad("one's own label, empty", 'cross_domain_matrix',
        own_files(lambda folder: (folder / 'labels/1.png').write_bytes(b'')),
        r'the label \S+/own/labels/1.png cannot be decoded \(.*\): it is cut short, damaged or no image'),
    Bad("one's own labels, in colour", 'train', own_files(coloured_labels), 'labels have several channels, as colours'),
    Bad("one's own labels, in colour", 'cross_domain_matrix', own_files(coloured_labels),
        'labels/0.png has several channels, as colours have: save the ids'),
    Bad("one's own labels, of 16 bits", 'cross_domain_matrix', own_files(wide_labels),
        r'labels/\d.png has ids up to 257 in 16 bits, which mmseg would cut to 8'),
    Bad("one's own images, with another suffix", 'train', own_files(img_suffix='.jpg'),
        'a data set of the config has no images: see its data_root'),
    Bad("one's own images, without labels", 'train', own_files(data_prefix=dict(img_path='images')),
        'images/0.png has no label: give data_prefix of the data set both img_path and seg_map_path'),
    Bad("one's own classes, in another order", 'cross_domain_matrix', both(own_files(), lambda lab: [
        '--cfg-options', f'test_dataloader.dataset.metainfo.classes={",".join("acbdefghijklm")}']),
        'was trained on the classes a, b, c, .* but street/day has a, c, b, .* give its data set the same metainfo'),
    Bad('batch of one before a BatchNorm of one value', 'train',
        options('train_dataloader.batch_size=1', 'model.backbone.strides=(4,4,1)'),
        'a norm was given a batch of one value per channel: set train_dataloader.batch_size to 2'),

    # configs
    Bad('config that is not there', 'train', lambda lab: lab.config.unlink(), 'config .*config.py does not exist'),
    Bad('syntax error', 'train', rewritten('model = {', 'model = {('), r'config.py: .*line \d+'),
    Bad('unknown type', 'train', rewritten('EncoderDecoder', 'EncodeDecoder'), 'config.py: EncodeDecoder is not in'),
    Bad('unknown key', 'train', rewritten("'depth': 18", "'dept': 18"),
        "config.py: ResNet.*unexpected keyword argument 'dept'"),
    Bad('misspelt key', 'train', rewritten('custom_hooks', 'custom_hook'),
        "'custom_hook' is not .*write 'custom_hooks'"),
    Bad('option that nobody reads', 'train', options('batch_size=4'),
        '--cfg-options batch_size: .*config.py has no batch_size, and nobody would read one; did you mean '
        'test_dataloader.batch_size or train_dataloader.batch_size'),
    Bad('misspelt option', 'cross_domain_matrix', options('test_dataloder.batch_size=4'),
        'has no test_dataloder, and nobody would read one; did you mean test_dataloader'),
    Bad('seed where it was in older configs', 'train', options('seed=3'), 'did you mean randomness.seed'),
    Bad('config that does not train', 'train',
        options('train_dataloader=None', 'train_cfg=None', 'optim_wrapper=None'),
        'config.py: the config lacks train_dataloader, train_cfg, optim_wrapper; use one that has'),
    Bad('config that does not test', 'test', options('test_dataloader=None', 'test_cfg=None', 'test_evaluator=None'),
        'config.py: the config lacks test_dataloader, test_cfg, test_evaluator; use one that has'),
    Bad('missing key', 'train', rewritten('model = ', 'my_net = '), "config.py: the key 'model' is missing"),
    Bad('eps out of range', 'train', options(f'{HOOK}.eps=0'), 'eps must be positive, found 0'),
    Bad('step_size out of range', 'train', options(f'{HOOK}.step_size=-0.1'), 'step_size must be positive, found -0.1'),
    Bad('negative steps', 'train', options(f'{HOOK}.num_steps=-1'), 'num_steps must be .*0.*, found -1'),
    Bad('unknown option of the hook', 'train', options(f'{HOOK}.epss=1'),
        "AdvBNHook has no option 'epss': write one of eps"),
    Bad('misspelt layer', 'train', options(f'{HOOK}.layer=backbone.leyer1'), 'backbone.leyer1'),
    Bad('unknown norm branch', 'train', options(f'{HOOK}.norm_branch=auxiliary'), "must be 'main', 'aux' or 'auto'"),

    # checkpoints
    Bad('checkpoint that is not there', 'test', lambda lab: lab.checkpoint.unlink(),
        'epoch_1.pth does not exist; give'),
    Bad('load_from that is not there', 'train', options('load_from=gone.pth'), 'checkpoint gone.pth does not exist'),
    Bad('empty checkpoint', 'test', damaged('checkpoint', b''), 'epoch_1.pth cannot be read: it is damaged, cut short'),
    Bad('truncated checkpoint', 'test', damaged('checkpoint', lambda data: data[:-999]), 'epoch_1.pth cannot be read'),
    Bad('checkpoint of random bytes', 'test', damaged('checkpoint', np.random.default_rng(0).bytes(5000)),
        'epoch_1.pth cannot be read'),
    Bad('web page in the place of a checkpoint', 'test', damaged('checkpoint', b'<!DOCTYPE html><html>' * 99),
        'epoch_1.pth cannot be read'),
    Bad('checkpoint that is no dict', 'test', lambda lab: torch.save([1], lab.checkpoint),
        'holds a list, but a dict was'),
    Bad('checkpoint of another number of classes', 'test', weights(two_classes),
        r'its decode_head.conv_seg.weight has the shape \(2, 8, 1, 1\), but the config has \(13, 8, 1, 1\)'),
    Bad('checkpoint of another architecture', 'test', weights(lambda state: {'backbone.stem': torch.ones(1)}),
        'epoch_1.pth is of another architecture: it lacks .* entries .* such as backbone'),
    Bad('baseline of another number of classes', 'train',
        both(weights(two_classes), options('load_from=run/epoch_1.pth')),
        'has the shape .*, but the config has'),

    Bad('resuming from weights alone', 'train', lambda lab: ['--work-dir', lab.run, '--resume'],
        'epoch_1.pth cannot be resumed from: it holds weights only; resume from another one, or start from its'),
    Bad('resuming from a checkpoint that is gone', 'train',
        lambda lab: lab.checkpoint.unlink() or ['--work-dir', lab.run, '--resume'],
        'last_checkpoint names the checkpoint .*epoch_1.pth.*, which is neither there nor beside it'),

    Bad('work dir of another training', 'train', work_dir_of_another,
        'run has the training of other.py, and this config is called config.py: choose another --work-dir, or'),
    Bad('resuming in the work dir of another training', 'train', lambda lab: [*work_dir_of_another(lab), '--resume'],
        'run has the training of other.py, and this config is called config.py: choose another --work-dir, or'),

    # the matrix
    Bad('RUN that is not there', 'cross_domain_matrix', lambda lab: lab.run.rename(lab.folder / 'gone'),
        'no such folder'),
    Bad('RUN without a checkpoint', 'cross_domain_matrix', lambda lab: (lab.run / 'last_checkpoint').unlink(),
        'no last_checkpoint was found; train it'),
    Bad('RUN with a damaged checkpoint', 'cross_domain_matrix', damaged('checkpoint', b'PK'),
        'epoch_1.pth cannot be read'),
    Bad('RUN of another architecture', 'cross_domain_matrix', weights(lambda state: {}), 'is of another architecture'),
    Bad('domain without frames', 'cross_domain_matrix',
        lambda lab: (lab.root / 'splits/highway_fog_val.txt').write_text(''),
        'domain highway/fog has no frames to score'),
    Bad('two class sets in one matrix', 'cross_domain_matrix', two_class_sets,
        'its model knows 13 classes, but highway.dawn has 2 .road, car.'),
    Bad('matrix.json that is none', 'cross_domain_matrix',
        both(lambda lab: lab.out.mkdir(), damaged('matrix', b'[]')), 'is no matrix.json'),
    Bad('device that is not there', 'cross_domain_matrix', lambda lab: ['--device', 'cuda:99'],
        'device cuda:99 cannot be'),

    # archives; tests/datasets/test_archives.py has more
    Bad("archive member with '../'", 'prepare_synthia', archive(make_zip, {'../out.txt': b''}),
        'leads out of the folder'),
    Bad('archive member with an absolute path', 'prepare_synthia', archive(make_tar, {'/tmp/x': b''}), 'leads out'),
    Bad('archive member that is a link', 'prepare_synthia', archive(make_tar, link=tarfile.SYMTYPE), 'is a link'),
    Bad('web page in the place of an archive', 'prepare_synthia',
        both(damaged('page', b'<html>' * 99), lambda lab: [lab.page]), 'damaged, or no zip, tar or rar file'),

    # the machine
    Bad('full disk', 'prepare_synthia', full_disk_of_archives,
        "File too large: '.*/out/.unpacking-a.archive'; make room, and run the same command again"),
    Bad('full disk for an exported checkpoint', 'export_checkpoint', full_disk,
        "File too large: '.*/out'; make room, and run the same command again"),
    Bad('no permission to write', 'train', lambda lab: ['--work-dir', '/sys/advbn_seg'],
        "(Permission denied|not permitted|Read-only file system): '/sys/advbn_seg'; change its permissions, or choose"),
    Bad('port in use', 'train', port_in_use, 'choose another one, as in torchrun --master_port'),
    Bad('--launcher without its launcher', 'train', lambda lab: ['--launcher', 'pytorch'],
        'started by torchrun, but RANK'),
    Bad('torchrun without --launcher', 'train', lambda lab: lab.env.update(TORCHELASTIC_RUN_ID='none', WORLD_SIZE='2'),
        'add --launcher pytorch'),
]


@pytest.mark.slow
@pytest.mark.parametrize('tool', ['train', 'test', 'cross_domain_matrix'])
def test_without_harm_all_is_well(tmp_path, tool):
    assert Lab(tmp_path).start(tool) == (0, '')


@pytest.mark.slow
@pytest.mark.parametrize('what, tool, harm, says', TABLE, ids=[bad.what for bad in TABLE])
def test_bad_input_is_one_sentence_and_nothing_is_half_written(tmp_path, what, tool, harm, says):
    lab = Lab(tmp_path)
    arguments = arguments_of(harm, lab)
    before = lab.files()
    status, said = lab.start(tool, *arguments)
    assert status == 2 and re.fullmatch(f'error: .*{says}.*\n', said), said
    assert lab.files() == before


def test_a_training_that_fails_leaves_the_config_of_a_finished_one(tmp_path):
    lab = Lab(tmp_path)
    config = lab.run / 'config.py'
    before = config.read_text()
    status, said = lab.start('train', '--work-dir', lab.run, '--cfg-options', 'randomness.seed=7',
                             'train_dataloader.dataset.data_root=nowhere')
    assert (status, config.read_text()) == (2, before) and 'nowhere' in said


def main():
    warnings.simplefilter('ignore')  # those of mmseg, which stand on stderr too
    print('| what is wrong | tool | says |\n|---|---|---|')
    for bad in TABLE:
        with tempfile.TemporaryDirectory() as folder:
            lab = Lab(Path(folder))
            _, said = lab.start(bad.tool, *arguments_of(bad.harm, lab))
            said = said.splitlines()[-1].replace(f'{folder}/', '').replace('|', r'\|')
            print(f'| {bad.what} | `{bad.tool}.py` | {said} |')


if __name__ == '__main__':
    main()
