"""A RUN: the work dir of one training, with the config that mmengine dumped and its newest checkpoint."""
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from ..errors import UserError
from ..runtime.configs import config_from_file
from .fingerprint import checkpoint_fingerprint
from .segmentation.domains import Domain, source_domain, target_domains


@dataclass
class Run:
    """One trained model and what its row in the matrix is called."""
    path: Path
    cfg: Config
    checkpoint: Path
    sha256: str
    branch: str
    method: str
    source: str
    seed: int | None
    benchmark: str
    domains: list[Domain]

    @property
    def name(self):
        """The folder as a reader would type it: relative to the current one where it lies inside."""
        folder = self.path.resolve()
        return str(folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder)


def open_run(path, norm_branch='main', cfg_options=None, domains_file=None):
    """Reads a work dir, without loading its model.

    Config keys: `method` (row label, else the config's name), `benchmark` ('synthia' puts the paper's rows beside),
    `randomness.seed`, and those of `domains.py`.

    Args:
        path: work dir of one training.
        norm_branch ('main' | 'aux' | 'auto'): the norms that a run of AdvBNHook is scored with.
        cfg_options (dict, optional): dotted keys to change in the config, as in mmseg's tools.
        domains_file (str | Path, optional): a config whose key `domains` is used instead.

    Raises:
        UserError: naming what the folder or the file lacks.
    """
    path = Path(path)
    if not path.is_dir():
        raise UserError(f'{path}: no such folder; give the work dir of a training')
    checkpoint = find_checkpoint(path)
    cfg = read_config(find_config(path), cfg_options)
    set_branch(cfg, norm_branch)
    if domains_file:
        cfg.domains = read_domains(domains_file)
    domains = target_domains(cfg)
    return Run(path=path, cfg=cfg, checkpoint=checkpoint, sha256=checkpoint_fingerprint(checkpoint), branch=norm_branch,
               method=cfg.get('method', Path(cfg.filename).stem), source=source_domain(cfg, domains),
               seed=(cfg.get('randomness') or {}).get('seed'), benchmark=cfg.get('benchmark', 'custom'),
               domains=domains)


def find_checkpoint(path):
    """The newest checkpoint of a work dir, also after the folder has moved."""
    pointer = path / 'last_checkpoint'
    if not pointer.is_file():
        raise UserError(f'{path}: no last_checkpoint was found; train it, or give the work dir that has one')
    recorded = Path(pointer.read_text(encoding='utf-8').strip())
    for checkpoint in (recorded, path / recorded.name):
        if checkpoint.is_file():
            return checkpoint
    raise UserError(f'{pointer} names {recorded}, which is neither there nor in {path}; put it back, '
                    'or write the name of an existing checkpoint into last_checkpoint')


def find_config(path):
    """The one config of a work dir."""
    configs = sorted(path.glob('*.py'))
    if len(configs) != 1:
        found = ', '.join(config.name for config in configs) or 'none'
        raise UserError(f'{path}: one config *.py was expected, as mmengine dumps it, but found {found}; '
                        'keep only the one that the checkpoint was trained with')
    return configs[0]


def parse(file):
    try:
        return config_from_file(file)
    except UserError:
        raise
    except (ImportError, KeyError, OSError, SyntaxError, TypeError, ValueError) as error:
        raise UserError(f'{file}: the config cannot be read: {error}') from None


def read_domains(file):
    """The key `domains` of a config file."""
    cfg = parse(file)
    if 'domains' not in cfg:
        raise UserError(f"{file}: the key 'domains' was expected, found {', '.join(cfg) or 'no keys'}")
    return cfg.domains


def read_config(file, cfg_options=None):
    """A config with its command-line changes, checked for the keys that an evaluation needs."""
    cfg = parse(file)
    cfg.merge_from_dict(cfg_options or {})
    missing = [key for key in ('model', 'train_dataloader', 'test_dataloader', 'test_evaluator') if not cfg.get(key)]
    if missing:
        raise UserError(f'{file}: the config lacks {", ".join(missing)}; use one that can train and test')
    return cfg


def adversarial_hooks(cfg):
    """The hooks of a config that train with an adversary, and give the model auxiliary norms unless told not to."""
    return [hook for hook in cfg.get('custom_hooks') or []
            if str(hook['type']).endswith(('AdvBNHook', 'AdvPropHook'))]


def set_branch(cfg, norm_branch):
    """Tells every AdvBNHook and AdvPropHook of a config which norms to use at inference."""
    hooks = adversarial_hooks(cfg)
    for hook in hooks:
        hook['norm_branch'] = norm_branch
    if norm_branch != 'main' and not hooks:
        raise UserError(f'{cfg.filename}: the config has no AdvBNHook or AdvPropHook, so there are no auxiliary '
                        f'norms; leave out --norm-branch {norm_branch}')
