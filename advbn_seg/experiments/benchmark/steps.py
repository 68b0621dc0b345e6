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
MODES = {  # mode: (channels-last, options of AdvBN, options of its losses)
    'ours': (False, {}, {}),
    'ours, norms folded': (False, dict(fold_norms=True), {}),
    'ours, channels-last': (True, {}, {}),
    'ours, bf16 ascent': (False, dict(ascent_precision='bf16'), {}),
    'ours, bf16 ascent, channels-last': (True, dict(ascent_precision='bf16'), {}),
    'ours, clean loss first': (False, {}, dict(backward=torch.Tensor.backward)),
    'ours, subsample 2': (False, dict(subsample=2), {}),
    'ours, every 2nd batch': (False, dict(attack_every=2), {}),
}


def is_bf16(mode):
    return mode in MODES and MODES[mode][1].get('ascent_precision') == 'bf16'


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
    """

    def __init__(self, mode, case, layer, num_steps, images=None, device='cpu', seed=0):
        torch.manual_seed(seed)
        self.prefix, self.suffix = halves(case, layer)
        self.x, y = (value.to(device) for value in batch(case, images or CASES[case][0]))
        self.model = nn.Sequential(self.prefix, self.suffix).to(device)
        self.attack = dict(num_steps=num_steps, step_size=STEP_SIZE, eps=num_steps * STEP_SIZE - 0.1)
        self.loss = partial(F.cross_entropy, target=y)
        self._settle_norms()
        self.deltas = None
        self.period = 1
        parameters = list(self.suffix.parameters())
        if mode == 'reference':
            self.aux = with_own_norms(self.suffix)
            parameters = list(dict.fromkeys([*parameters, *self.aux.parameters()]))
        elif mode != 'plain':
            channels_last, options, self.options = MODES[mode]
            if channels_last:
                self.model.to(memory_format=torch.channels_last)
                self.x = self.x.contiguous(memory_format=torch.channels_last)
            self.advbn = AdvBN(self.model, '0', **self.attack, **options)
            self.period = options.get('attack_every', 1)
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
                                                       **self.attack)
        (clean + adversarial).backward()

    def ours(self):
        clean, adversarial = self.advbn.losses(lambda: self.loss(self.model(self.x)), **self.options)
        (clean + adversarial if clean.requires_grad else adversarial).backward()
        self.deltas = self.advbn.delta_mean, self.advbn.delta_std

    def __call__(self):
        for _ in range(self.period):
            self.take()
            self.optimizer.step()
            self.optimizer.zero_grad()
