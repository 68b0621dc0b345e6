"""A RUN: the work dir of one training, with the config that mmengine dumped and its newest checkpoint."""
import copy
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from ..errors import UserError
from ..runtime.command_line import check_checkpoint
from ..runtime.config_keys import change, check_keys, check_parts
from ..runtime.configs import FORMATS, config_from_file, configs_in
from ..runtime.hook_configs import branch_hooks, has_auxiliary_norms
from ..runtime.regular_files import check_name
from ..runtime.resuming import own_checkpoint
from .fingerprint import checkpoint_fingerprint
from .results import DIVERGED, MAIN, PAPER
from .schema import build
from .training_log import RECORD, diverged

DOMAIN_KEYS = ('domains', 'source_domain')


@dataclass
class Run:
    """One trained model, and the branch of its norms that it is scored with.

    `path` is a work dir, or a checkpoint alone; `domains_from`, the file that says on which domains it is scored.
    """
    path: Path
    cfg: Config
    checkpoint: Path
    sha256: str
    branch: str
    domains_from: str

    @property
    def name(self):
        """The path as a reader would type it: relative to the current folder where it lies inside.

        A link inside, as `work_dirs` may be one, keeps its name.
        """
        typed = self.path.absolute()
        path = typed if typed.is_relative_to(Path.cwd()) and '..' not in typed.parts else self.path.resolve()
        return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)

    @property
    def method(self):
        return str(self.cfg.get('method', Path(self.cfg.filename).stem))

    @property
    def title(self):
        """What readers call the method; empty where its config does not say."""
        return str((self.cfg.get('titles') or {}).get(self.method, ''))

    @property
    def seed(self):
        return (self.cfg.get('randomness') or {}).get('seed')

    def config(self, branch):
        """Return the config, with its model running through another branch."""
        cfg = copy.deepcopy(self.cfg)
        set_branch(cfg, branch)
        return cfg

    def domains(self, kind):
        """Return the key `domains` of the config, as a list of the dataclass `kind`.

        Raises:
            UserError: where an entry has another form, or the names are not one for each.
        """
        entries = build(list[kind], self.cfg.domains, f'{self.domains_from}: domains')
        names = [entry.name for entry in entries]
        if not names or len(set(names)) < len(names):
            raise UserError(f"{self.domains_from}: 'domains' needs at least one entry and each name once, "
                            f'found {names}')
        return entries


def open_runs(paths, branches, cfg_options=None, domains=None, with_diverged=False):
    """Return each of the runs with each of the branches that it has; one that has diverged comes once, and last.

    Args:
        paths (list[str | Path]): work dirs, or a config and its checkpoint.
        branches (list[str]), cfg_options, domains: see `open_run`.
        with_diverged (bool): whether one that has diverged is wanted.

    Raises:
        UserError: where none of the runs has a branch that is asked for, a run cannot be read, or one has diverged and
            is not wanted.
    """
    paths, config = list(dict.fromkeys(map(Path, paths))), None
    branches = sorted(branches, key=lambda branch: branch not in (MAIN, PAPER))  # which all runs have
    if paths[0].suffix in FORMATS and not paths[0].is_dir():
        config, *paths = paths
        if len(paths) != 1:
            raise UserError(f'{config} is taken for a config, after which one checkpoint was expected, found '
                            f'{len(paths)} arguments; give CONFIG CHECKPOINT, or work dirs')
    ended = [path for path in paths if not config and diverged(path)]
    if ended and not with_diverged:
        raise UserError(f'{ended[0]} has diverged: {diverged(ended[0])}; leave it out, or give CONFIG CHECKPOINT')
    paths = [path for path in paths if path not in ended]
    runs = [open_run(path, branches[0], cfg_options, domains, config) for path in paths]
    able = [run.path for run in runs if has_auxiliary_norms(run.cfg)] or paths
    return runs + [open_run(path, branch, cfg_options, domains, config) for branch in branches[1:]
                   for path in (paths if branch in (MAIN, PAPER) else able)] + [
                       open_run(path, DIVERGED, cfg_options, domains) for path in ended]


def open_one_run(paths, cfg_options=None):
    """Return one run, with its main norms, from its work dir, or from a config and a checkpoint.

    Raises:
        UserError: as `open_runs` does, and where the paths are of several runs.
    """
    run, *others = open_runs(paths, [MAIN], cfg_options)
    if others:
        raise UserError(f'{" ".join(map(str, paths))} are {len(others) + 1} work dirs, but one was expected, or a '
                        'config and its checkpoint')
    return run


def open_run(path, norm_branch='main', cfg_options=None, domains=None, config=None):
    """Read a work dir, without loading its model.

    Config keys: `method` (an id, else the config's name), `titles` (see `titles.py`), `randomness.seed`, `benchmark`
    ('synthia' puts the paper's rows beside), and those of `segmentation/domains.py` or `classification/test_sets.py`.

    Args:
        path: work dir of one training; with `config`, a checkpoint.
        norm_branch ('main' | 'aux' | 'auto' | 'paper' | 'diverged'): the norms that a run of AdvBNHook is scored with.
            The last is for a run without weights: its run.json stands for the checkpoint.
        cfg_options (dict, optional): dotted keys to change in the config, as in mmseg's tools.
        domains (str | Path | list, optional): a config file whose keys `domains` and `source_domain` are used instead,
            or what `domains` is to be.
        config (Path, optional): the config of a checkpoint that lies in no work dir.

    Raises:
        UserError: naming what the folder or the file lacks.
    """
    path = checkpoint = Path(path)
    check_name(path, 'the command line')
    if config:
        check_checkpoint(path)
    elif not path.is_dir():
        raise UserError(f'{path}: no such folder; give the work dir of a training')
    else:
        config, checkpoint = find_config(path), path / RECORD if norm_branch == DIVERGED else find_checkpoint(path)
    cfg = read_config(config, cfg_options)
    set_branch(cfg, norm_branch)
    domains_from = 'the command line' if isinstance(domains, list) else str(domains or config)
    if domains:
        cfg.update(dict(domains=domains) if isinstance(domains, list) else read_domains(domains))
    return Run(path, cfg, checkpoint, checkpoint_fingerprint(checkpoint), norm_branch, domains_from)


def find_checkpoint(path):
    """Return the newest checkpoint of a work dir, also after the folder has moved."""
    checkpoint = own_checkpoint(path)
    if checkpoint is None:
        raise UserError(f'{path}: no last_checkpoint was found; train it, or give the work dir that has one')
    return Path(checkpoint)


def find_config(path):
    """Return the one config of a work dir."""
    configs = configs_in(path)
    if len(configs) != 1:
        found = ', '.join(config.name for config in configs) or 'none'
        raise UserError(f'{path}: one config was expected, as mmengine dumps it, but found {found}; '
                        'keep only the one that the checkpoint was trained with')
    return configs[0]


def parse(file):
    try:
        return config_from_file(file)
    except UserError:
        raise
    except (ImportError, KeyError, NameError, OSError, SyntaxError, TypeError, ValueError) as error:
        raise UserError(f'{file}: the config cannot be read: {error}') from None


def read_domains(file):
    """Return the key `domains` of a config file, and `source_domain` where it has one.

    Raises:
        UserError: The file lacks the first, or has another key; a config that can train may have any.
    """
    cfg = parse(file)
    if 'domains' not in cfg:
        raise UserError(f"{file}: the key 'domains' was expected, found {', '.join(cfg) or 'no keys'}")
    others = [] if 'model' in cfg else [key for key in cfg if key not in DOMAIN_KEYS]
    if others:
        raise UserError(f"{file}: the key '{others[0]}' was found, where only {' and '.join(DOMAIN_KEYS)} are read; "
                        'take it out, or begin the name of a variable of your own with two underscores')
    return {key: cfg[key] for key in DOMAIN_KEYS if key in cfg}


def read_config(file, cfg_options=None):
    """Return a config with its command-line changes, checked for the keys that an evaluation needs."""
    cfg = parse(file)
    check_parts(cfg, ('model', 'train_dataloader', 'test_dataloader', 'test_evaluator'))
    change(cfg, cfg_options)
    check_keys(cfg)
    return cfg


def set_branch(cfg, norm_branch):
    """Tell every hook of a config that has branches which norms to use at inference; some words leave them as is.

    Raises:
        UserError: where there are none, and so no auxiliary norms.
    """
    hooks = branch_hooks(cfg) if norm_branch not in (PAPER, DIVERGED) else []
    for hook in hooks:
        hook['norm_branch'] = norm_branch
    if norm_branch in ('aux', 'auto') and not hooks:
        raise UserError(f'{cfg.filename}: the config has no hook such as AdvBNHook, so there are no auxiliary '
                        f'norms; leave out --norm-branch {norm_branch}, or give the config that the training dumped')
