"""The configs that come with advbn_seg: find one by its name, list them, copy one with its bases.

Nothing but files is looked at, so that a command line knows them before anything is imported. In a clone they are
those of configs/, to which the link advbn_seg/configs leads; a wheel has copies in that place.
"""
import ast
import os
import re
import shutil
from difflib import get_close_matches
from pathlib import Path

from .errors import UserError

CONFIGS = (Path(__file__).parent / 'configs').resolve()
DATA_SETS = (Path(__file__).parent / 'data.md').resolve()  # where the data sets come from: data/README.md of a clone
PARTS = ('_base_', 'methods')  # folders of what configs are composed of


def names():
    """Return the name of each config that is complete, such as 'camvid_day_advbn' or 'imagenet/resnet50', sorted."""
    paths = sorted(path.relative_to(CONFIGS) for path in CONFIGS.rglob('*.py'))
    return [path.with_suffix('').as_posix() for path in paths if not set(PARTS) & set(path.parts)]


def methods():
    """Return the names of the methods, sorted."""
    return sorted(path.stem for path in (CONFIGS / 'methods').glob('*.py'))


def benchmarks():
    """Return the names of the benchmarks, sorted: what the configs' key `benchmark` says."""
    return sorted({name for path in CONFIGS.rglob('*.py') for _, name in re.findall(
        r"""^benchmark *= *(['"])([\w-]+)\1""", path.read_text(encoding='utf-8'), re.M)})


def find(name):
    """Return the path of a config: that of a file, or of one of ours by its name, with or without 'configs/' and '.py'.

    A path that is neither is returned as it is; who opens it has the sentence. A folder that is called as a config, as
    work dirs are, hides none.
    """
    if Path(name).is_file():
        return str(name)
    ours = CONFIGS / f'{str(name).removeprefix("configs/").removesuffix(".py")}.py'
    return str(ours) if ours.is_file() else str(name)


def find_run(name):
    """Return the path of a RUN: that of a folder, else of a config as `find` does."""
    return str(name) if Path(name).is_dir() else find(name)


def name_of(path):
    """Return how a command line names a config: by its name where it is ours, else by its path from here."""
    path = Path(path).resolve()
    if path.is_relative_to(CONFIGS):
        return path.relative_to(CONFIGS).with_suffix('').as_posix()
    return os.path.relpath(path)


def copy(name, folder):
    """Copy a config of ours and all that it is based on, in their places below a folder.

    Returns:
        list[Path]: the files, the config itself first.

    Raises:
        UserError: There is no such config, or a file of that name is there already.
    """
    path = Path(find(name)).resolve()
    if not path.is_relative_to(CONFIGS):
        meant = get_close_matches(str(name), names(), n=1)
        raise UserError(f"there is no config '{name}'{f': did you mean {meant[0]}' if meant else ''}; "
                        'advbn-seg configs lists them')
    files = {source: Path(folder) / source.relative_to(CONFIGS) for source in [path, *bases(path)]}
    there = [target for source, target in files.items()
             if target.exists() and target.read_bytes() != source.read_bytes()]
    if there:
        raise UserError(f'{there[0]} is there already, and is another file: give another folder')
    for source, target in files.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return list(files.values())


def bases(path):
    """Return all files that a config in Python is based on, each once."""
    found = {}
    for node in ast.parse(path.read_text(encoding='utf-8')).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ['_base_']:
            named = ast.literal_eval(node.value)
            for each in [named] if isinstance(named, str) else named:
                base = (path.parent / each).resolve()
                found |= dict.fromkeys([base, *bases(base)])
    return list(found)
