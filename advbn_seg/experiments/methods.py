"""A method on a source, without a config of their own: `advbn-seg train SOURCE_baseline --method NAME`.

A method is a file `configs/methods/NAME.py` with the keys `method`, `custom_hooks` and `recipe`. The recipe names a key
of the source's config that holds the method's changes there (`finetune`: start, schedule; `photometric`: pipeline).
The configs `SOURCE_NAME.py` are composed of the same files by mmengine alone.
"""
from pathlib import Path

from mmengine.config import Config

from ..config_files import CONFIGS
from ..errors import UserError
from ..runtime.configs import config_from_file


def with_method(path, method=None):
    """Return the config of a file, trained by another method.

    Args:
        path (str | Path): config of a baseline.
        method (str, optional): one of `methods/` beside the config or in a folder above; None for the config as it is.

    Returns:
        Config: named as a config of its own would be, `SOURCE_NAME.py`.

    Raises:
        UserError: There is no such method, the config has a method already, or lacks the method's recipe.
    """
    cfg = config_from_file(path)
    if method is None:
        return cfg
    if cfg.get('method', 'baseline') != 'baseline':
        raise UserError(f"{path} has the method '{cfg.method}' already: give --method the config of a baseline")
    change = config_from_file(find_method(path, method)).to_dict()
    recipe = change.get('recipe')
    if recipe and recipe not in cfg:
        raise UserError(f"{path}: the method '{method}' changes what the config's key '{recipe}' says, and there is "
                        f"none; add {recipe} = dict(load_from='BASELINE.pth') or whatever else it changes")
    if hooks := change.get('custom_hooks'):
        change['custom_hooks'] = [*cfg.get('custom_hooks', []), *hooks]
    cfg.merge_from_dict(change)
    cfg.merge_from_dict(cfg.get(recipe, {}))
    cfg.get('expected', {}).pop('unseen', None)  # is the baseline's
    stem = Path(path).stem.removesuffix('_baseline')
    return Config(cfg.to_dict(), cfg.text, Path(path).with_name(f'{stem}_{method}.py'), cfg.env_variables)


def find_method(config, name):
    """Return the path of a method's file, from the folder of a config upwards, else of one of ours.

    Raises:
        UserError: No folder there has the method; names those that there are.
    """
    folders = [parent / 'methods' for parent in [*Path(config).resolve().parents, CONFIGS]]
    for folder in folders:
        if (folder / f'{name}.py').is_file():
            return folder / f'{name}.py'
    known = sorted(path.stem for folder in folders for path in folder.glob('*.py'))
    raise UserError(f"there is no methods/{name}.py beside or above {config}: choose one of {', '.join(known)}, or "
                    'write it')
