"""The timed training steps of a small network: plain, as Algorithm 1 line by line, and ours in several modes."""
from functools import partial

import torch
from torch import nn
from torch.nn import functional as F
from torchvision.models.resnet import Bottleneck, resnet50

from ...adversarial import AdvBN
from ...adversarial.reference import algorithm_1, with_own_norms

STEP_SIZE = 0.2
LAYERS = dict(conv2_3=1, conv3_4=2, conv4_6=3)  # last block of a stage: how many stages precede AdvBN
CASES = {  # case: (images, pixels, m) of the project's yardstick
    'resnet50': (4, 224, 6),
    'fcn_r50-d8': (2, 256, 3),
}
ONE_STEP = dict(num_steps=1, step_size=0.5, eps=0.5, per_image=True, auxiliary=False)
MODES = {  # mode: options of AdvBN, beside those of the paper's attack of m steps
    'ours': {},
    'ours, clean loss first': {},
    'ours, bf16 ascent': dict(ascent_precision='bf16'),
    'ours, subsample 2': dict(subsample=2),
    'ours, every 2nd batch': dict(attack_every=2),
    'random draw': dict(num_steps=0),
    'fast': dict(fast=True),
    'fast, float32': dict(fast=True, ascent_precision='fp32'),  # what it is where no bfloat16 can be multiplied
    'per image, one step': ONE_STEP,
    'per image, one step, fast': dict(ONE_STEP, fast=True),
    'per image, one step, fast, float32': dict(ONE_STEP, fast=True, ascent_precision='fp32'),
}
CLEAN_FIRST = {'ours, clean loss first', *(mode for mode, options in MODES.items() if options.get('fast'))}
DTYPES = ('float32', 'tf32', 'bfloat16', 'float64')  # tf32: GPUs round products; bfloat16: autocast, of all passes


def options_of(mode, num_steps):
    """Return the options of AdvBN in a mode; 'reference' is the paper's attack of m steps in a ball that holds it."""
    return {**dict(num_steps=num_steps, step_size=STEP_SIZE, eps=round(num_steps * STEP_SIZE - 0.1, 2)),
            **MODES.get(mode, {})}


def reference_of(mode):
    """Return the mode that another is a cheaper form of."""
    return 'per image, one step' if MODES[mode].get('per_image') else 'ours'


def lowers_precision(mode):
    return bool({'ascent_precision', 'fast'} & MODES[mode].keys())


def halves(case, layer):
    """Return the case's network as prefix and suffix; its residual branches are weak, as random ones are chaotic."""
    dilated = case == 'fcn_r50-d8'
    net = resnet50(replace_stride_with_dilation=[False, dilated, dilated])
    for block in filter(lambda module: isinstance(module, Bottleneck), net.modules()):
        nn.init.constant_(block.bn3.weight, 0.2)
    head = [nn.Dropout2d(0.1), nn.Conv2d(2048, 13, 1), nn.Upsample(CASES[case][1], mode='bilinear')] if dilated else \
        [net.avgpool, nn.Flatten(), net.fc]
    stages = [net.layer1, net.layer2, net.layer3, net.layer4]
    cut = LAYERS[layer]
    return nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool, *stages[:cut]), nn.Sequential(*stages[cut:], *head)


def batch(case, images):
    _, pixels, _ = CASES[case]
    x = torch.randn(images, 3, pixels, pixels)
    y = torch.randint(13, (images, pixels, pixels)) if case == 'fcn_r50-d8' else torch.randint(1000, (images,))
    return x, y


class Step:
    """Training steps of one way to train; a call takes `period` steps. Each object builds the same network.

    Args:
        mode (str): 'plain' (the suffix alone), 'reference' (Algorithm 1 line by line), or one of `MODES`.
        case, layer (str): of `CASES` and `LAYERS`.
        num_steps (int): m.
        images (int, optional): in a batch, instead of the case's own number.
        dtype (str): of `DTYPES`; 'float64' is to be torch's default, and 'tf32' allowed, by then.
    """

    def __init__(self, mode, case, layer, num_steps, images=None, dtype='float32', device='cpu', seed=0):
        torch.manual_seed(seed)
        self.autocast = torch.autocast(torch.device(device).type, torch.bfloat16, enabled=dtype == 'bfloat16')
        self.prefix, self.suffix = halves(case, layer)
        self.x, y = (value.to(device) for value in batch(case, images or CASES[case][0]))
        self.model = nn.Sequential(self.prefix, self.suffix).to(device)
        self.options = options_of(mode, num_steps)
        self.loss = partial(F.cross_entropy, target=y)
        self._settle_norms()
        self.deltas = None
        self.period = 1
        parameters = list(self.suffix.parameters())
        if mode == 'reference':
            self.aux = with_own_norms(self.suffix)
            parameters = list(dict.fromkeys([*parameters, *self.aux.parameters()]))
        elif mode != 'plain':
            self.advbn = AdvBN(self.model, '0', **self.options)
            self.advbn.channels_last = True  # as the hooks have it
            self.backward = torch.Tensor.backward if mode in CLEAN_FIRST else None
            self.period = self.options.get('attack_every', 1)
            parameters = list(self.suffix.parameters())
        self.optimizer = torch.optim.SGD(parameters, lr=1e-3, momentum=0.9)
        self.take = getattr(self, mode if mode in ('plain', 'reference') else 'ours')

    @torch.no_grad()
    def _settle_norms(self):
        norms = [module for module in self.model.modules() if isinstance(module, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = 1.
        self.model.train()(self.x)
        for norm in norms:
            norm.momentum = 0.1

    def plain(self):
        self.prefix.eval()
        with torch.no_grad():
            f = self.prefix(self.x)
        self.loss(self.suffix(f)).backward()

    def reference(self):
        clean, adversarial, *self.deltas = algorithm_1(self.prefix, self.suffix, self.aux, self.x, self.loss,
                                                       **self.options)
        (clean + adversarial).backward()

    def ours(self):
        clean, adversarial = self.advbn.losses(lambda: self.loss(self.model(self.x)), self.backward)
        (clean + adversarial if clean.requires_grad else adversarial).backward()
        self.deltas = self.advbn.delta_mean, self.advbn.delta_std

    def __call__(self):
        for _ in range(self.period):
            with self.autocast:
                self.take()
            self.optimizer.step()
            self.optimizer.zero_grad()
