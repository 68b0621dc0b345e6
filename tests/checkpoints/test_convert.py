"""Released layouts, rebuilt here from the models that have them: converted, they compute the same."""
import re
import subprocess
import sys
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from mmengine.registry import MODELS, init_default_scope

from advbn_seg.__main__ import main
from advbn_seg.checkpoints.convert import convert, convert_file
from advbn_seg.errors import UserError
from advbn_seg.network.dual_norm import add_auxiliary_norms, is_norm, use_branch
from advbn_seg.runtime.safe_loading import load_file

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/imagenet/resnet50.py'
RESNET18 = dict(type='ResNet', depth=18)
WRAPPERS = {
    'torchvision': lambda state: state,
    'timm': lambda state: dict(state_dict=state, arch='resnet18'),
    'augmix': lambda state: dict(epoch=1, model='resnet18', state_dict=in_module(state), best_acc1=77.6, optimizer={}),
    'cutmix, moex, sin': lambda state: dict(epoch=1, arch='resnet', state_dict=in_module(state), best_err1=21.4),
    'fast_autoaugment': lambda state: dict(epoch=1, log={}, model=in_module(state), ema=None),
}


def in_module(state):
    return {f'module.{name}': value for name, value in state.items()}


def classifier(backbone, channels):
    init_default_scope('mmpretrain')
    model = MODELS.build(dict(type='ImageClassifier', backbone=backbone, neck=dict(type='GlobalAveragePooling'),
                              head=dict(type='LinearClsHead', num_classes=1000, in_channels=channels)))
    return model.eval()


def randomised(model, seed=0):
    """The model in eval mode, with numbers in which every norm's statistics and parameters differ."""
    generator = torch.Generator().manual_seed(seed)
    for name, value in model.state_dict().items():
        if value.is_floating_point() and value.ndim == 1:
            value.copy_(torch.rand(value.shape, generator=generator) + (0.5 if 'bias' not in name else -0.5))
    return model.eval()


def assert_alike(theirs, ours, size=64):
    x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-4 * theirs(x).abs().max().item())


@pytest.mark.parametrize('release', WRAPPERS)
def test_resnets(release):
    theirs, ours = randomised(torchvision.models.resnet18()), classifier(RESNET18, 512)
    ours.load_state_dict(convert(WRAPPERS[release](theirs.state_dict()), ours), strict=True)
    assert_alike(theirs, ours)


def test_timm_resnet():
    theirs, ours = randomised(timm.create_model('resnet18')), classifier(RESNET18, 512)
    ours.load_state_dict(convert(theirs.state_dict(), ours), strict=True)
    assert_alike(theirs, ours)


@pytest.mark.parametrize('make, separator', [
    (torchvision.models.densenet121, ''),
    (torchvision.models.densenet121, '.'),  # as in the file that torchvision downloads
    (lambda: timm.create_model('densenet121'), ''),
])
def test_densenets(make, separator):
    theirs, ours = randomised(make()), classifier(dict(type='DenseNet', arch='121'), 1024)
    state = {re.sub(r'(denselayer\d+\.(?:norm|conv))(\d)', rf'\1{separator}\2', name): value
             for name, value in theirs.state_dict().items()}
    ours.load_state_dict(convert(state, ours), strict=True)
    assert_alike(theirs, ours)


def test_efficientnet():
    theirs = randomised(timm.create_model('tf_efficientnet_b0'))
    ours = classifier(dict(type='EfficientNet', arch='b0'), 1280)
    ours.load_state_dict(convert(theirs.state_dict(), ours), strict=True)
    assert_alike(theirs, ours)
    old = {key: value for key, value in theirs.state_dict().items() if not key.endswith('num_batches_tracked')}
    again = classifier(dict(type='EfficientNet', arch='b0'), 1280)
    again.load_state_dict(convert(old, again), strict=False)
    assert_alike(theirs, again)


def test_an_efficientnet_with_a_tensor_too_many():
    state = timm.create_model('tf_efficientnet_b0').state_dict()
    with pytest.raises(UserError, match='is of another architecture: it has 361 tensors, where the model has 360;'):
        convert({**state, 'extra': torch.zeros(1)}, classifier(dict(type='EfficientNet', arch='b0'), 1280))


def in_authors_layout(main, auxiliary, cut=1):
    """The checkpoint of AdvBN's code for two state dicts of torchvision that differ in their norms."""
    state = {}
    for name, value in main.items():
        stage = re.match(r'layer(\d)\.(\d+)\.(.*)', name)
        if not stage:
            name = name.replace('conv1', 'feature_x.0').replace('bn1', 'feature_x.1').replace('fc', 'head.fc')
            state[name] = value
            continue
        number, block, rest = int(stage[1]), stage[2], stage[3].replace('downsample.0', 'downsample.conv')
        home = f'feature_x.{number + 3}.{block}.' if number <= cut else f'head.layer{number}_{block}.'
        state[home + rest.replace('bn', 'clean_bn').replace('downsample.1', 'downsample.clean_bn')] = value
        if 'bn' in rest or 'downsample.1' in rest:
            state[home + rest.replace('bn', 'adv_bn').replace('downsample.1', 'downsample.adv_bn')] = auxiliary[name]
    return dict(epoch=20, arch='resnet18', state_dict=in_module(state), best_prec1=torch.tensor(77.0), optimizer={})


@pytest.mark.parametrize('cut', [1, 2, 3])
def test_authors_auxiliary_norms_become_ours(cut):
    main, aux = randomised(torchvision.models.resnet18()), torchvision.models.resnet18()
    aux.load_state_dict(main.state_dict())
    suffix = [f'layer{stage}' for stage in range(cut + 1, 5)]
    for stage in suffix:
        randomised(aux.get_submodule(stage), seed=2)
    ours = classifier(RESNET18, 512)
    state = convert(in_authors_layout(main.state_dict(), aux.state_dict(), cut), ours)
    add_auxiliary_norms(ours, {module for stage in suffix for module in ours.backbone.get_submodule(stage).modules()
                     if is_norm(module)})
    ours.load_state_dict(state, strict=True)
    assert_alike(main, ours)
    with use_branch(ours, 'aux'):
        assert_alike(aux.eval(), ours)


@pytest.mark.parametrize('change, message', [
    (lambda state: state.pop('fc.bias'), 'a.pth is of .* lacks 1 of the 122 entries .* such as head.fc.bias;'),
    (lambda state: state.update(extra=torch.zeros(1)), 'has no place for 1 of its entries, such as extra; give the'),
    (lambda state: state.update({'layer1.0.bn1.aux.bias': torch.zeros(9)}),
     r'its backbone.layer1.0.bn1.aux.bias has the shape \(9,\), but the config has \(64,\)'),
    (lambda state: state.update({'layer1.0.conv9.aux.bias': torch.zeros(9)}),
     'no place for 1 .*layer1.0.conv9.aux.bias;'),
    (lambda state: state.update({'fc.bias': torch.zeros(10)}),
     r'its head\.fc\.bias has the shape \(10,\), but the config has \(1000,\)'),
    (lambda state: state.update({'fc.bias': 10}), r'its head\.fc\.bias has the shape of no dense tensor, but the'),
    (lambda state: state.pop('layer1.0.conv1.weight'), 'no layout that is known: its first entries are conv1.weight, '),
    (lambda state: state.update(model=5), "a.pth has a int under the key 'model', but the dict of its tensors was"),
])
def test_what_does_not_fit_is_named(change, message):
    state = torchvision.models.resnet18().state_dict()
    change(state)
    with pytest.raises(UserError, match=message):
        convert(state, classifier(RESNET18, 512), 'a.pth')


class Harmful:
    def __reduce__(self):
        return print, ('code of a checkpoint ran',)


def test_code_is_refused_and_nothing_is_written(tmp_path, capsys):
    torch.save(dict(state_dict=torchvision.models.resnet18().state_dict(), more=Harmful()), tmp_path / 'released.pth')
    with pytest.raises(UserError, match='released.pth is not loaded: it holds .*print'):
        convert_file(str(tmp_path / 'released.pth'), CONFIG, tmp_path / 'out.pth')
    assert not (tmp_path / 'out.pth').exists()
    assert 'ran' not in capsys.readouterr().out


def test_the_file_that_is_written_loads(tmp_path):
    theirs = torchvision.models.resnet50().eval()
    torch.save(theirs.state_dict(), tmp_path / 'resnet50.pth')
    convert_file(str(tmp_path / 'resnet50.pth'), CONFIG, tmp_path / 'out.pth')
    ours = classifier(dict(type='ResNet', depth=50), 2048)
    ours.load_state_dict(load_file(str(tmp_path / 'out.pth'))['state_dict'], strict=True)
    assert_alike(theirs, ours)


def test_the_source_is_not_overwritten(tmp_path, capsys):
    source = tmp_path / 'resnet18.pth'
    torch.save(torchvision.models.resnet18().state_dict(), source)
    before = source.read_bytes()
    with pytest.raises(SystemExit):
        main(['convert', str(source), str(source)])
    assert 'is the released checkpoint itself: give another name' in capsys.readouterr().err
    assert source.read_bytes() == before


def test_the_tool_says_in_one_sentence_what_does_not_fit(tmp_path):
    torch.save(torchvision.models.resnet18().state_dict(), tmp_path / 'resnet18.pth')
    done = subprocess.run([sys.executable, 'tools/convert_checkpoint.py', tmp_path / 'resnet18.pth',
                           tmp_path / 'out.pth'], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2 and not (tmp_path / 'out.pth').exists()
    assert done.stderr.splitlines()[-1] == (
        f'error: checkpoint {tmp_path}/resnet18.pth is of another model: its backbone.layer1.0.conv1.weight has the '
        'shape (64, 64, 3, 3), but the config has (64, 64, 1, 1) (another number of classes or channels; 24 such in '
        f'all); give the config of its model in the place of {ROOT}/configs/imagenet/resnet50.py')
