"""The precision of the ascent, whose signs bfloat16 finds too."""
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

PRECISIONS = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}
FAST = 'fast'  # bfloat16 where the hardware multiplies it, else that of the training


def dtype_of(precision: str | None, device: torch.device) -> torch.dtype | None:
    """Return the dtype of an ascent on a device; None: that of the training."""
    if precision == FAST:
        return torch.bfloat16 if multiplies_bfloat16(device) else None
    return PRECISIONS[precision] if precision else None


def multiplies_bfloat16(device: torch.device) -> bool:
    """Return whether a device has instructions for bfloat16 products; without them autocast is slower than float32."""
    if device.type == 'cpu':
        features: Mapping[str, Any] = getattr(torch.cpu, 'get_capabilities', dict)()  # older torch cannot tell
        return bool(features.get('avx512_bf16') or features.get('amx_bf16'))
    return device.type == 'cuda' and torch.cuda.is_bf16_supported(including_emulation=False)


def autocast(dtype: torch.dtype | None, device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which modules compute in a dtype, whatever the training's autocast says."""
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype, enabled=dtype != torch.float32)
