"""What the training and test commands do with mmseg's flags: read and check config, launcher and checkpoint."""
import os
from pathlib import Path

from .. import config_files
from ..errors import UserError
from . import safe_loading  # noqa: F401  no checkpoint runs code
from .compat.labels import name_unusable_labels
from .compat.runner import fit_wrapper_to_cpu
from .config_keys import change, check_keys, check_parts
from .configs import config_from_file
from .process_group import start_cpu_ranks

LAUNCHED_BY = dict(pytorch=('RANK', 'torchrun'), slurm=('SLURM_PROCID', 'srun'),
                   mpi=('OMPI_COMM_WORLD_RANK', 'mpirun'))  # launcher: a variable of its processes, its command


def read_config(args, fromfile=config_from_file, needs=()):
    """Return the config that the flags name, with its overrides, its launcher and a work dir.

    Args:
        args (Namespace): config, work_dir, cfg_options, launcher and local_rank.
        fromfile: reads the config from its path.
        needs: keys that the config must have.

    Raises:
        FileNotFoundError: if there is no such file.
        UserError: if a key of the config is misspelt or missing, an option would do nothing, or another launcher than
            --launcher started this process.
    """
    check_launcher(args.launcher)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    check_config(args.config)
    cfg = fromfile(args.config)
    cfg.launcher = args.launcher
    change(cfg, args.cfg_options)
    check_keys(cfg)
    check_parts(cfg, needs)
    if cfg.get('default_scope') == 'mmseg':
        name_unusable_labels()
    if args.launcher != 'none':
        cfg.setdefault('sync_bn', 'torch')  # else losses depend on the number of processes; None leaves BatchNorm
    if start_cpu_ranks(args.launcher):
        fit_wrapper_to_cpu(cfg)
    if args.work_dir and not Path(args.work_dir).is_dir() and Path(args.work_dir).exists():
        raise UserError(f'--work-dir {args.work_dir} is a file, where a folder was expected: name another')
    if args.work_dir or not cfg.get('work_dir'):
        cfg.work_dir = args.work_dir or str(Path('work_dirs') / Path(cfg.filename).stem)
    return cfg


def check_config(path):
    """Raise FileNotFoundError if there is no such config."""
    if not Path(path).is_file():
        raise FileNotFoundError(f'config {path} does not exist; advbn-seg configs lists those that have a name')


def check_launcher(launcher):
    """See that the launcher which --launcher names has started this process.

    Raises:
        UserError: saying how to start the process.
    """
    if launcher == 'none':
        if 'TORCHELASTIC_RUN_ID' in os.environ and int(os.environ.get('WORLD_SIZE', 1)) > 1:
            raise UserError('torchrun started several processes, which without --launcher pytorch would each train on '
                            'their own in one work dir: add --launcher pytorch')
        return
    variable, command = LAUNCHED_BY[launcher]
    if variable not in os.environ:
        raise UserError(f'--launcher {launcher} is for processes started by {command}, but {variable} is not set: '
                        f'start with {command}, or leave out --launcher')


def is_first_process(launcher):
    """Return whether this is the first of the processes that --launcher says were started."""
    return launcher == 'none' or int(os.environ[LAUNCHED_BY[launcher][0]]) == 0


def check_checkpoint(path):
    """See that a local checkpoint is there; one with a scheme (https://, torchvision://) is left to mmengine.

    Raises:
        UserError: it is no path.
        FileNotFoundError: naming the file, where an experiment has it, and the command that trains it where one of
            our configs does.
    """
    if not isinstance(path, str | os.PathLike | None):
        raise UserError(f'a checkpoint is the path of a file, found {path!r}: in --cfg-options a comma makes a list')
    if path is None or '://' in str(path) or Path(path).is_file():
        return
    path = Path(path)
    if path.is_dir():
        raise UserError(f'checkpoint {path} is a folder: give the file in it, such as {path}/epoch_N.pth')
    config = next((name for name in config_files.names() if Path(name).name == path.parent.name), None)
    advice = f'train it first: advbn-seg train {config}' if config else 'give the path of a checkpoint'
    others = sorted(Path(path.parent.parent, 'experiments', path.parent.name).glob(f'seed*/{path.name}'))
    if others:
        advice += f'; or take that of an experiment: --cfg-options load_from={others[0]}'
    raise FileNotFoundError(f'checkpoint {path} does not exist; {advice}')
