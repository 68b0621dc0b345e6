"""Released ImageNet checkpoints in mmpretrain's layout.

| names in the checkpoint | whose |
|---|---|
| `layer1.0.conv1.weight` | ResNets of torchvision and timm, AugMix, CutMix, Fast AutoAugment, MoEx, SIN |
| `feature_x.0.weight`, `head.layer2_0.clean_bn1.weight`, `head.layer2_0.adv_bn1.weight` | ResNets of AdvBN's authors |
| `features.denseblock1.denselayer1.norm1.weight` | DenseNets of torchvision and timm |
| `blocks.0.0.conv_dw.weight` | timm's EfficientNets; mmpretrain's pad as those called `tf_` do |

In each of them the tensors may lie under `state_dict` or `model`, and their names may begin with `module.`.
"""
import re

from mmengine.registry import MODELS, init_default_scope

from ..errors import UserError
from ..network.dual_norm import main_key
from ..runtime.checkpoint_fit import check_fit
from ..runtime.configs import config_from_file
from ..runtime.safe_loading import load_file
from .saving import save

COUNT = 'num_batches_tracked'

RESNET = (
    (r'^(conv1|bn1|layer\d)\.', r'backbone.\1.'),
    (r'^fc\.', 'head.fc.'),
)

# Stage k is feature_x.{k + 3} up to the AdvBN layer, with auxiliary norms that never run, and head.layer{k}_* after it.
ADVBN_RESNET = (
    (r'^feature_x\..*\.adv_bn.*', ''),
    (r'^feature_x\.0\.', 'conv1.'),
    (r'^feature_x\.1\.', 'bn1.'),
    (r'^feature_x\.(\d)\.', lambda match: f'layer{int(match[1]) - 3}.'),
    (r'^head\.layer(\d)_', r'layer\1.'),
    (r'^head\.fc\.', 'fc.'),
    (r'\.downsample\.conv\.', '.downsample.0.'),
    (r'\.downsample\.clean_bn\.', '.downsample.1.'),
    (r'\.downsample\.adv_bn\.', '.downsample.1.aux.'),
    (r'\.clean_bn(\d)\.', r'.bn\1.'),
    (r'\.adv_bn(\d)\.', r'.bn\1.aux.'),
    *RESNET,
)

DENSENET = (
    (r'\.(norm|conv)\.(\d)\.', r'.\1\2.'),  # torchvision's files are older than its code
    (r'^features\.conv0\.', 'backbone.stem.0.'),
    (r'^features\.norm0\.', 'backbone.stem.1.'),
    (r'^features\.norm5\.', 'backbone.transitions.3.0.'),
    (r'^features\.denseblock(\d)\.denselayer(\d+)\.',
     lambda match: f'backbone.stages.{int(match[1]) - 1}.block.{int(match[2]) - 1}.'),
    (r'^features\.transition(\d)\.', lambda match: f'backbone.transitions.{int(match[1]) - 1}.'),
    (r'^classifier\.', 'head.fc.'),
)


def convert_file(source, config, out):
    """Convert a checkpoint file for the model of a config, and return the new state dict.

    Raises:
        UserError: naming the file and what does not fit, or that it is damaged or holds more than data.
    """
    cfg = config_from_file(config)
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    checkpoint = load_file(source, map_location='cpu')
    advice = f'give the config of its model in the place of {config}'
    state = convert(checkpoint, MODELS.build(cfg.model), source, advice)
    save(dict(state_dict=state), out)
    return state


def convert(checkpoint, model, name='that was given', advice='give the config of its model'):
    """Return a checkpoint's state dict under a mmpretrain classifier's names, auxiliary norms under `DualNorm`'s.

    Args:
        checkpoint (dict): Of a layout that this module's docstring lists.
        model (nn.Module): The classifier that it is meant for, without auxiliary norms.
        name (str | Path): Of the checkpoint.
        advice (str): What to do where it does not fit.

    Raises:
        UserError: For another layout, or where a tensor is missing, left over or of another shape.
    """
    state = tensors(checkpoint, name)
    if 'feature_x.0.weight' in state:
        state = renamed(state, ADVBN_RESNET)
    elif 'layer1.0.conv1.weight' in state:
        state = renamed(state, RESNET)
    elif 'features.conv0.weight' in state:
        state = renamed(state, DENSENET)
    elif 'conv_stem.weight' in state:
        # Both register the same layers in the same order; older files lack the norms' counts of training steps.
        counted = any(entry.endswith(COUNT) for entry in state)
        entries = [entry for entry in model.state_dict() if counted or not entry.endswith(COUNT)]
        if len(state) != len(entries):
            raise UserError(f'checkpoint {name} is of another architecture: it has {len(state)} tensors, where the '
                            f'model has {len(entries)}; {advice}')
        state = dict(zip(entries, state.values()))
    else:
        raise UserError(f'checkpoint {name} has no layout that is known: its first entries are '
                        f'{", ".join(map(str, list(state)[:3])) or "none"}; give one that this tool lists')
    check_fit(model, state, name, advice, place=main_key)
    return state


def tensors(checkpoint, name):
    """Return the state dict of a checkpoint, taken out of its wrapping.

    Raises:
        UserError: There is something else in the place of a state dict.
    """
    for key in ('state_dict', 'model'):
        checkpoint = checkpoint.get(key, checkpoint)
        if not isinstance(checkpoint, dict):
            raise UserError(f"checkpoint {name} has a {type(checkpoint).__name__} under the key '{key}', but the dict "
                            'of its tensors was expected')
    return {str(entry).removeprefix('module.'): value for entry, value in checkpoint.items()}


def renamed(state, rules):
    """Return the state dict after each (pattern, replacement) in turn, without entries that are left with no name."""
    result = {}
    for name, value in state.items():
        for pattern, replacement in rules:
            name = re.sub(pattern, replacement, name)
        if name:
            result[name] = value
    return result
