"""The rows of a benchmark: each mode of each case, all timed in turns."""
from itertools import product

import torch
from rich.progress import track

from ...adversarial.precision import multiplies_bfloat16
from ...runtime.atomic_io import write_json
from ...runtime.host import device_name
from .counters import counted_operations, peak_memory, profile, seconds
from .steps import CASES, STEP_SIZE, Step, lowers_precision

ABOUT = 'case', 'layer', 'num_steps', 'dtype'  # what rows that are compared with each other have in common


def run_benchmark(out, cases, layers, num_steps=None, modes=(), rounds=3, profiled=False, dtypes=('float32',),
                  **setting):
    """Measure each mode in each case, after each layer, with each number of steps, in each precision.

    Args:
        out (Path): JSON file, written after each of these.
        num_steps (list[int], optional): m, instead of each case's own.
        modes (Iterable[str]): of `MODES`; 'plain' and 'reference' are always measured.
        setting: images, device and seed of `Step`.

    Returns:
        list[dict]: one row per mode.
    """
    device = torch.device(setting['device'])
    about = dict(device=device_name(device), torch=torch.__version__, threads=torch.get_num_threads(),
                 bfloat16=multiplies_bfloat16(device), seed=setting['seed'])
    rows = []
    for dtype, case, layer in product(dtypes, cases, layers):
        torch.set_default_dtype(torch.float64 if dtype == 'float64' else torch.float32)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = dtype in ('tf32', 'bfloat16')
        able = [mode for mode in modes if dtype != 'float64' or not lowers_precision(mode)]
        for steps in num_steps or [CASES[case][2]]:
            rows += measure(able, rounds, profiled, case=case, layer=layer, num_steps=steps, dtype=dtype, **setting)
            write_json(out, dict(about, rows=rows))
    return rows


def measure(modes, rounds, profiled, **setting):
    """Return the rows of one case: plain, reference and these modes, timed in turns."""
    steps = {mode: Step(mode, **setting) for mode in ('plain', 'reference', *modes)}
    about, device = {key: setting[key] for key in ABOUT}, setting['device']
    rows, reference = {}, None
    for mode, step in track(list(steps.items()), f'{" ".join(map(str, about.values()))}: first steps'):
        step()  # not counted: AdvBN also checks the model on its first batch
        row = rows[mode] = dict(about, mode=mode, images=len(step.x))
        if step.deltas is not None:
            reference = reference or step.deltas
        if step.deltas is not None and step.deltas[0].shape == reference[0].shape:
            pairs = zip(step.deltas, reference)
            row['flipped'] = torch.cat([(a - b).abs() > STEP_SIZE / 2 for a, b in pairs]).float().mean().item()
        with counted_operations() as counter:
            step()
        row['flops'] = counter.get_total_flops() / step.period
        row['memory'] = peak_memory(step, device)
        if profiled:
            row['profile'] = profile(step, device)
        row['seconds'] = []
    for _ in track(range(rounds), 'rounds'):
        for mode, step in steps.items():
            rows[mode]['seconds'].append(seconds(step, device))
    return list(rows.values())
