"""A decoder is trained by its config, and the tools look through it."""
import json
import shutil
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from advbn_seg.commands import parser_of
from advbn_seg.errors import UserError
from advbn_seg.visualisation.decoder_run import open_images
from tests.evaluation import tiny_sets

WHOLE = dict(val_cfg=dict(), val_evaluator=dict(type='SignalToNoise'), test_evaluator=dict(type='SignalToNoise'))


@pytest.fixture(scope='module')
def images(tmp_path_factory):
    return tiny_sets.write_set(tmp_path_factory.mktemp('images') / 'val')


@pytest.fixture(scope='module')
def config(images, tmp_path_factory):
    """A tiny decoder's config, as those in configs/decoder compose one."""
    cfg = tiny_sets.config(custom_imports=dict(imports=['advbn_seg.models']), **WHOLE)
    pipeline = cfg.test_dataloader.dataset.pipeline
    cfg.model = dict(type='FeatureAutoencoder', encoder=cfg.model, layer='backbone.layer1')
    for name in ('train', 'val', 'test'):
        dataset = dict(type='CustomDataset', data_root=str(images), pipeline=pipeline)
        cfg[f'{name}_dataloader'] = dict(cfg.train_dataloader, dataset=dataset)
    cfg.train_dataloader.sampler = dict(type='InfiniteSampler', shuffle=True)
    cfg.train_cfg = dict(type='IterBasedTrainLoop', max_iters=2, val_interval=2)
    cfg.default_hooks = dict(checkpoint=dict(type='CheckpointHook', by_epoch=False, interval=2))
    path = tmp_path_factory.mktemp('config') / 'decoder.py'
    cfg.dump(path)
    return path


@pytest.fixture
def decoder(config, call, tmp_path):
    """The work dir of two iterations."""
    code, _, err = call('train.py', config, '--work-dir', tmp_path / 'decoder')
    assert code == 0, err
    return tmp_path / 'decoder'


@pytest.mark.slow
def test_a_trained_decoder_makes_images(decoder, images, call, tmp_path):
    assert Config.fromfile(decoder / 'decoder.py').model.type == 'FeatureAutoencoder'
    code, out, err = call('make_imagenet_advbn.py', images, tmp_path / 'set', '--decoder', decoder, '--steps', 1,
                          '--limit', 4, '--batch-size', 4)
    assert code == 0, err
    assert 'advbn and reconstructed (8 images written now)' in out
    assert len([*(tmp_path / 'set/advbn').rglob('*.png')]) == 4
    code, out, err = call('make_imagenet_advbn.py', images, tmp_path / 'other', '--decoder', decoder, '--steps', 1,
                          '--route', 'image', '--classifier', decoder / 'decoder.py', decoder / 'iter_2.pth')
    assert code == 2 and 'no classifier' in err


@pytest.mark.slow
def test_a_trained_decoder_shows_the_attack(decoder, call, tmp_path):
    code, out, err = call('visualise_advbn.py', '--decoder', decoder, '--steps', 2, '--count', 1,
                          '--out', tmp_path / 'advbn.png')
    assert code == 0, err
    written = json.loads((tmp_path / 'advbn.json').read_text())
    assert f'm = 2: loss {written[2]["batch"]:.3f} under deltas of the batch, {written[2]["per_image"]:.3f}' in out
    losses = np.array([[each['batch'], each['per_image']] for each in written])
    assert losses.shape == (3, 2)
    assert losses[0, 0] == losses[0, 1] and (losses[-1] > losses[0]).all()
    assert cv2.imread(str(tmp_path / 'advbn.png')).std() > 10


@pytest.mark.slow
def test_a_trained_decoder_is_scored(decoder, call, tmp_path):
    code, out, err = call('test.py', decoder / 'decoder.py', decoder / 'iter_2.pth', '--work-dir', tmp_path / 'test',
                          '--cfg-options', 'experiment_name=scored')  # mmengine shares logs of a name and a second
    assert code == 0, err
    logs = ''.join(file.read_text() for file in (tmp_path / 'test').rglob('*.log'))
    assert 'reconstruction/psnr' in logs


def test_pictures_have_a_suffix_and_folders_of_images_suit_the_decoder(tmp_path):
    with pytest.raises(SystemExit):
        parser_of('visualise').parse_args(['--decoder', 'run', '--out', 'advbn'])
    segmentor = SimpleNamespace(name='dec', cfg=Config(dict(default_scope='mmseg', test_dataloader=dict(dataset={}))))
    with pytest.raises(UserError, match="needs a decoder of a classifier's features, .*; dec is one of a segmentor"):
        open_images(segmentor, tmp_path)


def test_images_come_with_all_the_classes_that_the_encoder_knows(config, tmp_path):
    run = SimpleNamespace(name='dec', cfg=Config.fromfile(config))
    images = tiny_sets.write_set(tmp_path / 'val')
    assert len(open_images(run, images)) == 6
    shutil.rmtree(images / 'dog')
    with pytest.raises(UserError, match='val has 2 class folders, but the model of .*decoder.py knows 3 classes'):
        open_images(run, images)


def test_a_run_without_a_decoder_is_refused(advbn, images, call, tmp_path):
    code, _, err = call('make_imagenet_advbn.py', images, tmp_path / 'set', '--decoder', advbn)
    assert code == 2
    assert 'trained ImageClassifier, but a FeatureAutoencoder was expected: train a decoder first' in err


def test_a_classifier_has_no_place_on_the_route_through_the_features(decoder, advbn, images, call, tmp_path):
    code, _, err = call('make_imagenet_advbn.py', '--decoder', decoder, images, tmp_path / 'set',
                        '--classifier', advbn / 'tiny.py', advbn / 'epoch_1.pth')
    assert code == 2 and '--classifier is for --route image, found --route features' in err
    code, _, err = call('make_imagenet_advbn.py', '--decoder', decoder, images, tmp_path / 'set', '--route', 'image',
                        '--classifier', advbn, decoder)
    assert code == 2 and 'are 2 work dirs, but one was expected, or a config and its checkpoint' in err


def test_images_of_a_classifier_that_was_trained_again_are_not_mixed(decoder, advbn, images, call, tmp_path):
    def make():
        return call('make_imagenet_advbn.py', images, tmp_path / 'set', '--decoder', decoder, '--steps', 1, '--route',
                    'image', '--limit', 2, '--classifier', advbn / 'tiny.py', tmp_path / 'classifier.pth')

    state = torch.load(advbn / 'epoch_1.pth', weights_only=False)
    torch.save(state, tmp_path / 'classifier.pth')
    assert make()[0] == make()[0] == 0
    torch.save(state | dict(meta=dict(again=True)), tmp_path / 'classifier.pth')
    code, _, err = make()
    assert code == 2 and 'was made with' in err, err
