"""Configs by their format: .py is a program of its author, .json and .yaml are data.

mmengine reads YAML with tags that call any function, and runs a `_base_` in Python. Here neither is done. A config of
any format still says what is built: `type` may name any class. Read a config of unknown origin before you train or
test with it.
"""
import json
from pathlib import Path

import yaml
from mmengine.config import Config
from mmengine.utils import import_modules_from_strings

from ..errors import UserError
from .compat.packages import find_configs_of_the_fork

find_configs_of_the_fork()


class DataLoader(yaml.SafeLoader):
    """Plain YAML, and the tuples that `Config.dump` marks with a tag."""


DataLoader.add_constructor('tag:yaml.org,2002:python/tuple',
                           lambda loader, node: tuple(loader.construct_sequence(node, deep=True)))


def _from_yaml(text):
    return yaml.load(text, DataLoader)


DATA = {'.json': json.loads, '.yaml': _from_yaml, '.yml': _from_yaml}
FORMATS = ('.py', *DATA)
UNREADABLE = (ValueError, RecursionError, yaml.YAMLError)


def config_from_file(path, import_custom_modules=True):
    """Return the config of a file, in Python, JSON or YAML.

    Args:
        path (str | Path): The file.
        import_custom_modules (bool): Whether to import what its key `custom_imports` names.

    Raises:
        OSError: The file cannot be read.
        UserError: JSON or YAML that is no mapping, asks for more than data, or names a `_base_`.
        Exception: A mistake in a config in Python, as mmengine raises it.
    """
    path = Path(path)
    if path.suffix not in DATA:
        return Config.fromfile(path, import_custom_modules=import_custom_modules)
    try:
        content = DATA[path.suffix](path.read_text(encoding='utf-8'))
    except UNREADABLE as error:
        said = ' '.join(str(error).split())
        raise UserError(f'config {path} cannot be read: {said}; plain {path.suffix[1:].upper()} was expected, without '
                        'tags, or write it as .py') from None
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise UserError(f'config {path} holds a {type(content).__name__}, but a mapping from names was expected')
    if '_base_' in content:
        raise UserError(f"config {path} has the key '_base_', which only a config in Python may have: write it as .py, "
                        'or dump the whole config with mmengine (Config.dump)')
    cfg = Config(content, filename=str(path))
    if import_custom_modules and cfg.get('custom_imports'):
        import_modules_from_strings(**cfg.custom_imports)
    return cfg


def configs_in(folder):
    """Return the paths of the configs that lie in a folder, as mmengine dumps one into each work dir, sorted.

    Every *.py is one; so is JSON or YAML that can train, as `run.json` cannot.
    """
    return sorted(path for path in Path(folder).glob('*') if path.suffix == '.py' or path.suffix in DATA
                  and _can_train(path))


def _can_train(path):
    try:
        content = DATA[path.suffix](path.read_text(encoding='utf-8'))
    except (OSError, *UNREADABLE):
        return False
    return isinstance(content, dict) and {'model', 'train_dataloader'} <= content.keys()


def type_name(config):
    """Return the name of what a config builds, without package; mmengine's new configs have the class itself.

    Example:
        >>> type_name(dict(type='mmseg.PackSegInputs')), type_name(dict(type=dict)), type_name(dict())
        ('PackSegInputs', 'dict', '')
    """
    kind = config.get('type', '')
    return getattr(kind, '__name__', str(kind)).rpartition('.')[2]
