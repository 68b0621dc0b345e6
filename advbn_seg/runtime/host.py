"""The machine: what decides how torch rounds, and how long a training takes."""
import os
import platform
from pathlib import Path

import torch

FEATURES = ('avx2', 'avx512f', 'avx512_vnni', 'avx512_bf16', 'avx512_fp16', 'amx_tile', 'amx_int8', 'amx_bf16',
            'asimd', 'sve', 'bf16')  # flags of Linux for instructions that change how torch computes
CPUINFO = Path('/proc/cpuinfo')


def host():
    """Return dict(machine, cpu, features, gpu): the architecture, models, and instructions of `FEATURES`."""
    facts = cpu_facts()
    flags = (facts.get('flags') or facts.get('Features') or '').split()
    return dict(machine=platform.machine(), cpu=processor(), features=[name for name in FEATURES if name in flags],
                gpu=torch.cuda.get_device_name() if torch.cuda.is_available() else None)


def usable_cores():
    """Return how many cores this process may use: a cluster may have given it some of the machine's only."""
    return len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()  # macOS has none


def device_name(device):
    """Return the model of the GPU or CPU that a `torch.device` is."""
    return torch.cuda.get_device_name(device) if device.type == 'cuda' else processor()


def processor():
    """Return the model of the CPU, or its architecture where the system does not tell."""
    return cpu_facts().get('model name') or platform.processor() or platform.machine()


def cpu_facts():
    """Return what Linux says of the first core, {name: value}; nothing on another system."""
    try:
        lines = CPUINFO.read_text(encoding='utf-8').partition('\n\n')[0].splitlines()
    except OSError:
        return {}
    return {name.strip(): value.strip() for name, _, value in (line.partition(':') for line in lines)}
