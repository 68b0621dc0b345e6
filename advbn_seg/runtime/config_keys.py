"""Keys of a config that would do nothing, as nobody reads them: mmengine takes any without a word."""
import inspect
from difflib import get_close_matches

from mmengine.runner import Runner

from ..errors import UserError

OF_RUNNER = set(inspect.signature(Runner).parameters)
READ = OF_RUNNER | {  # by mmengine and mmseg besides, then by us
    'activation_checkpointing', 'auto_scale_lr', 'compile', 'custom_imports', 'efficient_conv_bn_eval',
    'find_unused_parameters', 'model_wrapper_cfg', 'sync_bn', 'tta_model', 'tta_pipeline',
    'benchmark', 'domains', 'early_layers', 'expected', 'finetune', 'long', 'method', 'perturbed_layer', 'photometric',
    'source_domain', 'starts_from', 'test_sets', 'titles'}
MEANT = dict(seed=['randomness.seed'])  # which a config need not have


def check_keys(cfg):
    """See that no key of a config is a misspelt one of mmengine's.

    Raises:
        UserError: naming the key that was meant.
    """
    for key in cfg:
        meant = get_close_matches(key, OF_RUNNER, n=1, cutoff=0.85)
        if meant and key not in OF_RUNNER:
            raise UserError(f"{cfg.filename}: the key '{key}' is not one of mmengine's, so it would do nothing; write "
                            f"'{meant[0]}', or give it a name that is less like it")


def check_parts(cfg, keys):
    """See that a config has what a command needs.

    Raises:
        UserError: naming the keys that are missing.
    """
    if missing := [key for key in keys if cfg.get(key) is None]:
        raise UserError(f'{cfg.filename}: the config lacks {", ".join(missing)}; use one that has {", ".join(keys)}')


def change(cfg, options):
    """Change a config by the options of a command line.

    Args:
        cfg (Config): is changed.
        options (dict | None): dotted keys and values; a key that the config has may be anyone's.

    Raises:
        UserError: an option whose first word nobody reads, or no longer, naming the keys that were meant, where there
            are some.
    """
    for option in options or {}:
        first = option.partition('.')[0]
        if first in READ:
            continue
        parts = {key: value for key, value in cfg.items() if key in OF_RUNNER}
        places = sorted(places_of(parts, first, cfg.get(first)))
        if first in cfg and places:  # a variable of the file, such as data_root
            raise UserError(f'--cfg-options {option}: {cfg.filename} has put its {first} in place already, so a change '
                            f'of it would do nothing; change {" and ".join(places[:4])}')
        if first not in cfg:
            meant = MEANT.get(first) or places or get_close_matches(first, {*READ, *cfg}, n=1)
            raise UserError(f'--cfg-options {option}: {cfg.filename} has no {first}, and nobody would read one'
                            f'{"; did you mean " + " or ".join(meant[:3]) if meant else ""}')
    cfg.merge_from_dict(options or {})


def places_of(config, name, value):
    """Yield the dotted keys of a config that end with a name, or hold an equal dict or list."""
    for key, child in config.items() if isinstance(config, dict) else enumerate(config):
        if isinstance(child, (dict, list)):
            yield from (f'{key}.{place}' for place in places_of(child, name, value))
        if key == name or child and isinstance(child, (dict, list)) and child == value:
            yield key
