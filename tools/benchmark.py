"""Times an AdvBN step against a plain fine-tuning step and against Algorithm 1 run line by line.

    python tools/benchmark.py                               # both cases, all modes
    python tools/benchmark.py --cases resnet50 --num-steps 1 3 6 8 --layers conv2_3 conv3_4 conv4_6 \\
        --modes 'ours, channels-last'
    python tools/benchmark.py --dtype float64 --rounds 1    # which deltas differ by more than rounding

All are timed in turns, round after round, so that the machine's noise falls on all alike. Writes JSON to --out.
"""
import argparse
import json
import platform
import time
import weakref
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch import nn
from torch.autograd import DeviceType
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.resnet import Bottleneck, resnet50

from advbn_seg.adversarial import AdvBN
from advbn_seg.adversarial.reference import algorithm_1, with_own_norms
from advbn_seg.runtime.atomic_io import write_text
from advbn_seg.runtime.command_line import errors_in_one_sentence

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
KINDS = {  # kind of operation: what its name contains; the first that fits
    'convolutions, backward': 'convolution_backward', 'convolutions': 'conv', 'norms': 'norm', 'rest': ''}
PEAK_TFLOPS = {  # dense, of the data sheets: (fp32 with TF32 off, TF32)
    'H100': (67, 495), 'H200': (67, 495), 'A100': (19.5, 156)}


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--cases', nargs='+', choices=CASES, default=list(CASES))
    parser.add_argument('--layers', nargs='+', choices=LAYERS, default=['conv2_3'], help='after which AdvBN sits')
    parser.add_argument('--num-steps', nargs='+', type=int, help="m (the case's own: 6 and 3)")
    parser.add_argument('--modes', nargs='+', choices=MODES, default=list(MODES))
    parser.add_argument('--batch-size', type=int, help="the case's own: 4 and 2")
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--device', default='cuda' if torch.cuda.is_available() else 'cpu')
    parser.add_argument('--threads', type=int, help='of torch on a CPU')
    parser.add_argument('--dtype', choices=('float32', 'float64'), default='float32',
                        help='float64 leaves out the bf16 modes')
    parser.add_argument('--tf32', action='store_true', help='let GPUs round products to TF32, in all modes')
    parser.add_argument('--profile', action='store_true', help='also show where the time goes')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', type=Path, default=Path('work_dirs/benchmark.json'))
    args = parser.parse_args()
    if args.dtype == 'float64':
        args.modes = [mode for mode in args.modes if not is_bf16(mode)]
    return args


def is_bf16(mode):
    return mode in MODES and MODES[mode][1].get('ascent_precision') == 'bf16'


def halves(case, layer):
    """The case's network as prefix and suffix; its residual branches are weak, as random ones are chaotic."""
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
    """Training steps of one way to train; calling it takes `period` of them. It builds the same network each time."""

    def __init__(self, args, case, layer, num_steps, mode):
        torch.manual_seed(args.seed)
        self.prefix, self.suffix = halves(case, layer)
        self.x, y = (value.to(args.device) for value in batch(case, args.batch_size or CASES[case][0]))
        self.model = nn.Sequential(self.prefix, self.suffix).to(args.device)
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


def seconds(step, device):
    wait = partial(torch.cuda.synchronize, device) if device.startswith('cuda') else lambda: None
    wait()
    start = time.perf_counter()
    step()
    wait()
    return (time.perf_counter() - start) / step.period


class LiveBytes(TorchDispatchMode):
    """Counts the bytes of the tensors that are made within it and still alive, and their peak."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self.seen = weakref.WeakSet()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        given = {leaf.untyped_storage() for leaf in tree_leaves((args, kwargs)) if torch.is_tensor(leaf)}
        for storage in {leaf.untyped_storage() for leaf in tree_leaves(made) if torch.is_tensor(leaf)} - given:
            if storage not in self.seen:
                self.seen.add(storage)
                self.now += storage.nbytes()
                weakref.finalize(storage, self._gone, storage.nbytes())
        self.peak = max(self.peak, self.now)
        return made

    def _gone(self, size):
        self.now -= size


def peak_memory(step, device):
    """Bytes of tensors at the worst moment of a step."""
    if device.startswith('cuda'):
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        step()
        return torch.cuda.max_memory_allocated(device) - before
    with LiveBytes() as live:
        step()
    return live.peak


def profile(step, device):
    """Seconds of a step by kind of operation."""
    with torch.profiler.profile() as profiler:
        step()
    kinds = dict.fromkeys(KINDS, 0.)
    where = 'device' if device.startswith('cuda') else 'cpu'
    for event in profiler.key_averages():
        if event.device_type == DeviceType.CPU:  # which has the time of its kernels too
            kind = next(kind for kind, name in KINDS.items() if name in event.key)
            kinds[kind] += getattr(event, f'self_{where}_time_total') / 1e6 / step.period
    return kinds


def measure(args, case, layer, num_steps):
    """One row per mode."""
    modes = ['plain', 'reference', *args.modes]
    steps = {mode: Step(args, case, layer, num_steps, mode) for mode in modes}
    rows, deltas = {}, {}
    for mode, step in track(list(steps.items()), f'{case} {layer} m={num_steps}: first steps'):
        with FlopCounterMode(display=False) as counter:
            step()
        rows[mode] = dict(case=case, layer=layer, num_steps=num_steps, mode=mode, images=len(step.x),
                          flops=counter.get_total_flops() / step.period)
        deltas[mode] = step.deltas
        if step.deltas is not None:
            pairs = zip(step.deltas, deltas['reference'])
            rows[mode]['flipped'] = torch.cat([(a - b).abs() > STEP_SIZE / 2 for a, b in pairs]).float().mean().item()
        rows[mode]['memory'] = peak_memory(step, args.device)
        if args.profile:
            rows[mode]['profile'] = profile(step, args.device)
    times = {mode: [] for mode in modes}
    for _ in track(range(args.rounds), 'rounds'):
        for mode, step in steps.items():
            times[mode].append(seconds(step, args.device))
    for mode, row in rows.items():
        row['seconds'] = times[mode]
    return list(rows.values())


def show(rows, peak):
    table = Table('case', 'AdvBN after', 'm', 'mode', 's a step (min-max)', 'images/s', 'x plain', 'of 2m/3+2',
                  'x reference', 'flipped %', 'memory x plain', 'TFLOP/s', *(['of peak %'] if peak else []))
    for row in rows:
        same = [other for other in rows if all(other[key] == row[key] for key in ('case', 'layer', 'num_steps'))]
        plain, reference = (next(other for other in same if other['mode'] == mode) for mode in ('plain', 'reference'))
        own, base, theirs = (median(each['seconds']) for each in (row, plain, reference))
        yardstick = 2 * row['num_steps'] / 3 + 2
        table.add_row(
            row['case'], row['layer'], str(row['num_steps']), row['mode'],
            f'{own:.3f} ({min(row["seconds"]):.3f}-{max(row["seconds"]):.3f})',
            f'{row["images"] / own:.1f}', f'{own / base:.2f}',
            '' if row is plain else f'{own / base / yardstick:.2f}', '' if row is plain else f'{theirs / own:.2f}',
            f'{100 * row["flipped"]:.2f}' if 'flipped' in row else '', f'{row["memory"] / plain["memory"]:.2f}',
            f'{row["flops"] / own / 1e12:.3f}',
            *([f'{100 * row["flops"] / own / 1e12 / peak:.0f}'] if peak and not is_bf16(row['mode']) else []))
    Console(width=160).print(table)


def show_profile(rows):
    table = Table('case', 'AdvBN after', 'm', 'mode', *(f'{kind}, s' for kind in KINDS))
    for row in rows:
        table.add_row(row['case'], row['layer'], str(row['num_steps']), row['mode'],
                      *(f'{seconds:.2f}' for seconds in row['profile'].values()))
    Console(width=160).print(table)


def peak_tflops(args):
    """Of the device in float32, by its data sheet; None where that is not known to us."""
    if args.dtype != 'float32':
        return None
    fp32, tf32 = next((peaks for name, peaks in PEAK_TFLOPS.items() if name in hardware(args.device)), (None, None))
    return tf32 if args.tf32 else fp32


def hardware(device):
    return torch.cuda.get_device_name(device) if device.startswith('cuda') else f'{platform.processor() or "CPU"}'


def main():
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    torch.set_default_dtype(getattr(torch, args.dtype))
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = args.tf32
    rows = []
    for case, layer in product(args.cases, args.layers):
        for num_steps in args.num_steps or [CASES[case][2]]:
            rows += measure(args, case, layer, num_steps)
            write_text(args.out, json.dumps(dict(device=hardware(args.device), torch=torch.__version__,
                                                 threads=torch.get_num_threads(), dtype=args.dtype,
                                                 seed=args.seed, rows=rows), indent=1))
    show(rows, peak_tflops(args))
    if args.profile:
        show_profile(rows)
    print(f'written to {args.out}')


if __name__ == '__main__':
    with errors_in_one_sentence():
        main()
