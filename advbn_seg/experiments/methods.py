"""A method on a source, without a config of their own: `advbn-seg train SOURCE_baseline --method NAME`.

A method is a file `configs/methods/NAME.py` with the keys `method`, `custom_hooks` and `recipe`. The recipe names a key
of the source's config that holds the method's changes there (`finetune`: start, schedule; `photometric`: pipeline), or
several such keys. Two need not stand there: `long`, both schedules in one training, and `photometric`, mmseg's
augmentation as the last one. What the method says itself goes before what its recipes say, as `starts_from` does. The
configs `SOURCE_NAME.py` are composed of the same files by mmengine alone.

`photometric_NAME` needs no file: it is NAME with the augmentation from the start. So a fine-tuning starts from what
`photometric` trained.
"""
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ..config_files import CONFIGS
from ..errors import UserError
from ..runtime.configs import config_from_file, type_name
from ..runtime.hook_configs import hook_class, method_hooks

HOOKS = 'advbn_seg.hooks'
AUGMENTED, AUGMENTATION = 'photometric', 'PhotoMetricDistortion'
UNITS = ('max_epochs', 'max_iters')
WARM_UPS = ('LinearLR', 'ConstantLR')  # which end early, in whatever unit
MISSING = {
    'finetune': "add finetune = dict(load_from='BASELINE.pth'), and a train_cfg and param_scheduler of its own where "
                'these are others',
    'long': 'it lasts as long as baseline and fine-tuning, so add finetune = dict(...), and have both count max_epochs '
            'or both max_iters',
    'photometric': 'have train_dataloader.dataset.pipeline end with PackSegInputs, where the model is one of mmseg, or '
                   'add photometric = dict(train_dataloader=dict(dataset=dict(pipeline=[...])))'}


def with_method(path, method=None):
    """Return the config of a file, trained by another method.

    Args:
        path (str | Path): config of a baseline.
        method (str, optional): one of `methods/` beside the config or in a folder above, or `photometric_` and one of
            them; None for the config as it is.

    Returns:
        Config: named as a config of its own would be, `SOURCE_NAME.py`.

    Raises:
        UserError: There is no such method, its file has another name than its key `method`, the config has a method
            or such a hook already, or lacks the method's recipe.
    """
    cfg = config_from_file(path)
    if method is None:
        return cfg
    if cfg.get('method', 'baseline') != 'baseline':
        raise UserError(f"{path} has the method '{cfg.method}' already: give --method the config of a baseline")
    import_modules_from_strings(HOOKS)
    if found := method_hooks(cfg):
        raise UserError(f'{path} has the hook {hook_class(found[0]).__name__}, which {method} would train with, too: '
                        'give --method a config without it')
    file = find_method(path, method)
    change = config_from_file(file).to_dict()
    if change.setdefault('method', file.stem) != file.stem:
        raise UserError(f"{file} says method = {change['method']!r}, by which its rows would be called: write "
                        f"method = '{file.stem}', as the file is called")
    augments, own_start = file.stem != method, cfg.get('load_from')
    if augments:
        change = on_augmentation(change)
    for recipe in sorted(listed(change.get('recipe')), key=AUGMENTED.__eq__):  # last, as others may have a pipeline
        cfg.merge_from_dict(changes_of(recipe, cfg, path, method))
    if augments and cfg.get('load_from') != own_start:  # it starts from another method, which has the augmentation, too
        start = change.get('starts_from', 'baseline')
        change['starts_from'] = AUGMENTED if start == 'baseline' else f'{AUGMENTED}_{start}'
    if hooks := change.get('custom_hooks'):
        change['custom_hooks'] = [*(cfg.get('custom_hooks') or []), *hooks]
        change['custom_imports'] = with_hooks_of_ours(cfg.get('custom_imports') or {})
    cfg.merge_from_dict(change)
    stem = Path(path).stem.removesuffix('_baseline')
    if 'starts_from' in change and cfg.get('load_from'):
        cfg.load_from = str(Path('work_dirs', f'{stem}_{cfg.starts_from}', Path(cfg.load_from).name))  # its work dir
    (cfg.get('expected') or {}).pop('unseen', None)  # is the baseline's
    if cfg.get('work_dir'):  # so is this one, which lies beside
        cfg.work_dir = str(Path(cfg.work_dir).parent / f'{stem}_{method}')
    return Config(cfg.to_dict(), cfg.text, Path(path).with_name(f'{stem}_{method}.py'), cfg.env_variables)


def on_augmentation(change):
    """Return the changes of a method, as those of the method on top of photometric augmentation."""
    method = f'{AUGMENTED}_{change["method"]}'
    title = change.get('titles', {}).get(change['method'], change['method'])
    return dict(change, method=method, titles={method: f'{AUGMENTED} + {title}'},
                recipe=[AUGMENTED, *listed(change.get('recipe'))])


def listed(names):
    """Return one name, several or none as a list."""
    return [names] if isinstance(names, str) else list(names or [])


def with_hooks_of_ours(imports):
    """Return a config's `custom_imports` with the package that registers the hooks which our methods name."""
    names = listed(imports.get('imports'))
    return dict(imports, imports=names if HOOKS in names else [*names, HOOKS])


def changes_of(recipe, cfg, path, method):
    """Return what a recipe changes in the config of a baseline, as a dict.

    Raises:
        UserError: The config says nothing of this recipe; names the method that asks for it.
    """
    if recipe in cfg:
        return cfg[recipe]
    if recipe == 'long' and 'finetune' in cfg and (unit := unit_of(cfg.get('train_cfg', {}), cfg.finetune)):
        check_decay(cfg, path, method)
        return long_schedule(cfg, unit)
    if recipe == AUGMENTED and (pipeline := pipeline_of(cfg)) and type_name(pipeline[-1]) == 'PackSegInputs':
        if AUGMENTATION in map(type_name, pipeline):
            raise UserError(f"{path} has {AUGMENTATION} in its training pipeline already, which the method '{method}' "
                            'would add: give a method without photometric in its name')
        augmented = [*pipeline[:-1], dict(type=AUGMENTATION), pipeline[-1]]
        return dict(train_dataloader=dict(dataset=dict(pipeline=augmented)))
    raise UserError(f"{path}: the method '{method}' changes what the config's key '{recipe}' says, and there is none; "
                    + MISSING.get(recipe, f'add {recipe} = dict(...) with what it changes'))


def pipeline_of(cfg):
    """Return the transforms of a config's training set; none where it is made of several."""
    return (cfg.get('train_dataloader') or {}).get('dataset', {}).get('pipeline') or []


def unit_of(train_cfg, finetune):
    """Return in what a baseline counts its length, one of `UNITS`; None where the fine-tuning counts in the other."""
    unit = next((unit for unit in UNITS if unit in train_cfg), None)
    return None if any(other in (finetune.get('train_cfg') or {}) for other in UNITS if other != unit) else unit


def long_schedule(cfg, unit):
    """Return the changes of a training from the start that lasts as long as baseline and fine-tuning together.

    Whatever ends with the baseline's last epoch or iteration, ends with the last one of the whole: decay, validation,
    training.
    """
    own = cfg.train_cfg[unit]
    total = own + (cfg.finetune.get('train_cfg') or cfg.train_cfg).get(unit, own)

    def longer(part):
        begin = part.get('begin', 0)
        ends = {key: total for key in ('end', 'val_interval', unit) if part.get(key) == own}
        lengths = {key: total - begin for key in ('T_max', 'total_steps') if part.get(key) == own - begin}
        return {**part, **ends, **lengths}

    return dict(param_scheduler=list(map(longer, schedulers_of(cfg))), train_cfg=longer(cfg.train_cfg))


def schedulers_of(cfg):
    """Return the configs of a training's schedulers, of which there may be one, several or none."""
    schedulers = cfg.get('param_scheduler') or []
    return schedulers if isinstance(schedulers, list) else [schedulers]


def check_decay(cfg, path, method):
    """Raise UserError where a decay counts iterations in a training of epochs, whose end it would not follow."""
    for part in schedulers_of(cfg):
        if 'max_epochs' in cfg.train_cfg and not part.get('by_epoch', True) and type_name(part) not in WARM_UPS:
            raise UserError(f"{path}: the method '{method}' lasts longer than the baseline, and {type_name(part)} "
                            'would end before, as it counts iterations: set by_epoch=True and '
                            'convert_to_iter_based=True')


def find_method(config, name):
    """Return the path of a method's file, from the folder of a config upwards, else of one of ours.

    That of `photometric_NAME` is NAME's, where it has none of its own.

    Raises:
        UserError: No folder there has the method; names those that there are.
    """
    folders = [parent / 'methods' for parent in [*Path(config).resolve().parents, CONFIGS]]
    for stem in (name, name.removeprefix(f'{AUGMENTED}_')):
        for folder in folders:
            if (folder / f'{stem}.py').is_file():
                return folder / f'{stem}.py'
    known = sorted({path.stem for folder in folders for path in folder.glob('*.py')})
    raise UserError(f"there is no methods/{name}.py beside or above {config}: choose one of {', '.join(known)}, or "
                    'write it')
