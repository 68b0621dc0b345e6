"""A method on a source, without a config of their own: `advbn-seg train SOURCE_baseline --method NAME`.

A method is a file `configs/methods/NAME.py` with the keys `method`, `custom_hooks` and `recipe`. The recipe names a key
of the source's config that holds the method's changes there (`finetune`: start, schedule; `photometric`: pipeline), or
several such keys. The recipe `long` need not stand there: it is the epochs of both schedules in one training. What the
method says itself goes before what its recipes say, as `starts_from` does. The configs `SOURCE_NAME.py` are composed of
the same files by mmengine alone.
"""
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ..config_files import CONFIGS
from ..errors import UserError
from ..runtime.configs import config_from_file

HOOKS = 'advbn_seg.hooks'


def with_method(path, method=None):
    """Return the config of a file, trained by another method.

    Args:
        path (str | Path): config of a baseline.
        method (str, optional): one of `methods/` beside the config or in a folder above; None for the config as it is.

    Returns:
        Config: named as a config of its own would be, `SOURCE_NAME.py`.

    Raises:
        UserError: There is no such method, its file has another name than its key `method`, the config has a method
            already, or lacks the method's recipe.
    """
    cfg = config_from_file(path)
    if method is None:
        return cfg
    if cfg.get('method', 'baseline') != 'baseline':
        raise UserError(f"{path} has the method '{cfg.method}' already: give --method the config of a baseline")
    file = find_method(path, method)
    change = config_from_file(file).to_dict()
    if change.setdefault('method', method) != method:
        raise UserError(f"{file} says method = {change['method']!r}, by which its rows would be called: write "
                        f"method = '{method}', as the file is called")
    recipes = change.get('recipe', [])
    for recipe in [recipes] if isinstance(recipes, str) else recipes:
        cfg.merge_from_dict(changes_of(recipe, cfg, path, method))
    if hooks := change.get('custom_hooks'):
        change['custom_hooks'] = [*cfg.get('custom_hooks', []), *hooks]
        change['custom_imports'] = with_hooks_of_ours(cfg.get('custom_imports') or {})
        import_modules_from_strings(HOOKS)
    cfg.merge_from_dict(change)
    if 'starts_from' in change and cfg.get('load_from'):
        cfg.load_from = cfg.load_from.replace('_baseline/', f'_{cfg.starts_from}/')
    cfg.get('expected', {}).pop('unseen', None)  # is the baseline's
    stem = Path(path).stem.removesuffix('_baseline')
    return Config(cfg.to_dict(), cfg.text, Path(path).with_name(f'{stem}_{method}.py'), cfg.env_variables)


def with_hooks_of_ours(imports):
    """Return a config's `custom_imports` with the package that registers the hooks which our methods name."""
    names = imports.get('imports', [])
    names = [names] if isinstance(names, str) else list(names)
    return dict(imports, imports=names if HOOKS in names else [*names, HOOKS])


def changes_of(recipe, cfg, path, method):
    """Return what a recipe changes in the config of a baseline, as a dict.

    Raises:
        UserError: The config says nothing of this recipe; names the method that asks for it.
    """
    if recipe in cfg:
        return cfg[recipe]
    if recipe == 'long' and 'finetune' in cfg and 'max_epochs' in cfg.get('train_cfg', {}):
        return long_schedule(cfg)
    raise UserError(f"{path}: the method '{method}' changes what the config's key '{recipe}' says, and there is none; "
                    f"add {recipe} = dict(load_from='BASELINE.pth') or whatever else it changes")


def long_schedule(cfg):
    """Return the changes of a training from the start that lasts as long as baseline and fine-tuning together.

    Whatever ends with the baseline's last epoch, ends with the last one of the whole: decay, validation, training.
    """
    own = cfg.train_cfg.max_epochs
    total = own + cfg.finetune.get('train_cfg', cfg.train_cfg).get('max_epochs', own)

    def longer(part):
        ends = ('end', 'T_max', 'max_epochs', 'val_interval')
        return {key: total if key in ends and value == own else value for key, value in part.items()}

    schedulers = cfg.get('param_scheduler') or []
    schedulers = schedulers if isinstance(schedulers, list) else [schedulers]
    return dict(param_scheduler=list(map(longer, schedulers)), train_cfg=longer(cfg.train_cfg))


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
