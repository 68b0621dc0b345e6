import os
import signal

import pytest
import torch
from mmcv.transforms import LoadImageFromFile
from mmengine.structures import PixelData
from mmseg.evaluation import IoUMetric
from mmseg.models import FCNHead, SegDataPreProcessor
from mmseg.structures import SegDataSample
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from advbn_seg.errors import UserError
from advbn_seg.runtime.safe_loading import read
from advbn_seg.runtime.torch_errors import user_errors_of_torch


class Deadly(Dataset):
    """Kills the worker that reads from it, as the system does where memory runs out."""

    def __init__(self, number):
        self.number = number

    def __len__(self):
        return 1

    def __getitem__(self, index):
        os.kill(os.getpid(), self.number)


def test_a_batch_of_one_value_per_channel():
    with pytest.raises(UserError, match='set train_dataloader.batch_size to 2 or more'), user_errors_of_torch():
        nn.BatchNorm2d(2)(torch.ones(1, 2, 1, 1))


@pytest.mark.parametrize('error', [
    MemoryError(), torch.OutOfMemoryError('CUDA out of memory.'),
    RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")])
def test_memory_that_ran_out(error, monkeypatch, tmp_path):
    """Also while a checkpoint is read, which is none the worse for it."""
    def load(*_, **__):
        raise error

    torch.save({}, tmp_path / 'whole.pth')
    monkeypatch.setattr(torch, 'load', load)
    with pytest.raises(UserError, match='^memory ran out: set a smaller'), user_errors_of_torch():
        read(tmp_path / 'whole.pth', 'whole.pth')


def test_a_label_without_a_class():
    with pytest.raises(UserError, match='^a label is 8, which the model has no class for'), user_errors_of_torch():
        nn.functional.cross_entropy(torch.zeros(1, 5), torch.tensor([8]))
    with pytest.raises(UserError, match='^a label is -1, which the model has no class for'), user_errors_of_torch():
        nn.functional.cross_entropy(torch.zeros(1, 5), torch.tensor([-1]))


@pytest.mark.parametrize('number, says', [
    (signal.SIGKILL, 'a worker process of the data loader was killed.*num_workers.*--resume'),
    (signal.SIGBUS, r'shared memory \(/dev/shm\) is too small.*--shm-size.*num_workers=0')])
def test_a_killed_worker(number, says):
    with pytest.raises(UserError, match=says), user_errors_of_torch():
        next(iter(DataLoader(Deadly(number), num_workers=1)))


class CutImage(Dataset):
    """Reads an image that is cut short, as mmpretrain's and mmseg's data sets do."""

    def __init__(self, path):
        self.path = path

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return LoadImageFromFile()(dict(img_path=self.path))


@pytest.mark.parametrize('workers', [0, 1])
def test_an_image_of_no_bytes(tmp_path, workers):
    (tmp_path / 'empty.jpg').write_bytes(b'')
    with pytest.raises(UserError, match='^an image is a file of 0 bytes; find FOLDER -size 0 names it'), \
            user_errors_of_torch():
        next(iter(DataLoader(CutImage(tmp_path / 'empty.jpg'), num_workers=workers)))


@pytest.mark.parametrize('workers', [0, 1])
def test_a_cut_image(tmp_path, workers):
    path = tmp_path / 'cut.jpg'
    Image.new('RGB', (64, 64)).save(path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(UserError, match=f'^the image {path} cannot be read: it is cut short') as caught, \
            user_errors_of_torch():
        next(iter(DataLoader(CutImage(str(path)), num_workers=workers)))
    assert '\n' not in str(caught.value)


def test_others_pass():
    with pytest.raises(RuntimeError, match='size mismatch|shapes cannot be multiplied') as caught, \
            user_errors_of_torch():
        torch.ones(2, 3) @ torch.ones(2, 3)
    assert not isinstance(caught.value, UserError)
    with pytest.raises(UserError, match='^out of memory$'), user_errors_of_torch():
        raise UserError('out of memory')


def test_images_of_several_sizes_in_a_batch_of_a_segmentor():
    preprocessor = SegDataPreProcessor(size=(8, 8), pad_val=0, seg_pad_val=255)
    batch = dict(inputs=[torch.zeros(3, 8, 8), torch.zeros(3, 4, 4)])
    with pytest.raises(UserError, match='images of one batch have several sizes: add Resize'), user_errors_of_torch():
        preprocessor.eval()(batch)


def test_labels_of_other_sizes_than_their_images():
    labels = [torch.zeros(1, 8, 8), torch.zeros(1, 6, 8)]
    samples = [SegDataSample(gt_sem_seg=PixelData(data=label)) for label in labels]
    head = FCNHead(in_channels=2, channels=2, num_classes=2, num_convs=0, concat_input=False)
    with pytest.raises(UserError, match='labels of one batch have several sizes: give each'), user_errors_of_torch():
        head.loss_by_feat(torch.zeros(2, 2, 4, 4), samples)
    with pytest.raises(RuntimeError) as other, user_errors_of_torch():
        torch.stack(labels)
    assert not isinstance(other.value, UserError)
    with pytest.raises(UserError, match=r'a label is of \(6, 8\), and the prediction for'), user_errors_of_torch():
        IoUMetric.intersect_and_union(labels[0][0], labels[1][0], 2, 255)
