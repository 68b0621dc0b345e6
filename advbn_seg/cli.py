"""What the training and test tools share: mmseg's flags, reading a config, and errors in one sentence."""
import argparse
import os
import sys
import traceback
from contextlib import contextmanager
from pathlib import Path

from mmengine.config import Config, DictAction

PACKAGE = Path(__file__).parent


def runner_arguments(description):
    """An argument parser with the flags that mmseg's train.py and test.py share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints (default: work_dirs/CONFIG_NAME)')
    parser.add_argument('--cfg-options', nargs='+', action=DictAction, help='override config keys, as in key=value')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)  # set by torch.distributed.launch
    return parser


def read_config(args):
    """The config of `runner_arguments`, with its overrides, its launcher and a work dir.

    Raises:
        FileNotFoundError: if there is no such file.
    """
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    if not Path(args.config).is_file():
        raise FileNotFoundError(f'config {args.config} does not exist; the configs are in configs/')
    cfg = Config.fromfile(args.config)
    cfg.launcher = args.launcher
    cfg.merge_from_dict(args.cfg_options or {})
    if args.work_dir or not cfg.get('work_dir'):
        cfg.work_dir = args.work_dir or str(Path('work_dirs') / Path(args.config).stem)
    return cfg


def check_checkpoint(path):
    """Sees that a local checkpoint is there; one with a scheme (https://, torchvision://) is left to mmengine.

    Raises:
        FileNotFoundError: naming the file, and the command that trains it where one of our configs does.
    """
    if path is None or '://' in str(path) or Path(path).is_file():
        return
    config = Path('configs') / f'{Path(path).parent.name}.py'
    advice = f'train it first: python tools/train.py {config}' if config.is_file() else \
        'give the path of a checkpoint'
    raise FileNotFoundError(f'checkpoint {path} does not exist; {advice}')


@contextmanager
def errors_in_one_sentence():
    """Ends the program with exit code 2 and the message of an error that this package raised for its user.

    Errors from elsewhere pass with their traceback, and so do ours with ADVBN_TRACEBACK set in the environment.
    """
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        raised_in = Path(traceback.extract_tb(error.__traceback__)[-1].filename)
        if os.environ.get('ADVBN_TRACEBACK') or PACKAGE not in raised_in.parents:
            raise
        print(f'error: {error}', file=sys.stderr)
        sys.exit(2)
