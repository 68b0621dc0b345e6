"""The command line of the training and test tools: mmseg's flags, reading a config, and errors in one sentence."""
import argparse
import inspect
import os
import signal
import sys
import traceback
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

from mmengine.runner import Runner

from ..errors import UserError
from . import safe_loading  # noqa: F401  no checkpoint runs code
from .cfg_options import CfgOptions
from .compat.runner import fit_wrapper_to_cpu
from .configs import config_from_file
from .cpu_ranks import start_cpu_ranks
from .sentences import sentence_of
from .torch_errors import user_errors_of_torch

BUG = 'this is a bug of advbn_seg: please report it with the lines above'
LAUNCHED_BY = dict(pytorch=('RANK', 'torchrun'), slurm=('SLURM_PROCID', 'srun'),
                   mpi=('OMPI_COMM_WORLD_RANK', 'mpirun'))  # launcher: a variable of its processes, its command


def runner_arguments(description):
    """Return an argument parser with the flags that mmseg's train.py and test.py share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('config', help='config file')
    parser.add_argument('--work-dir', help='folder for logs and checkpoints (default: work_dirs/CONFIG_NAME)')
    parser.add_argument('--cfg-options', nargs='+', action=CfgOptions, help='override config keys, as in key=value')
    parser.add_argument('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none', help='job launcher')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0)  # set by torch.distributed.launch
    return parser


def read_config(args, fromfile=config_from_file):
    """Return the config of `runner_arguments`, with its overrides, its launcher and a work dir.

    Args:
        args: of `runner_arguments`.
        fromfile: reads the config from its path.

    Raises:
        FileNotFoundError: if there is no such file.
        UserError: if a key of the config is misspelt, or another launcher than --launcher started this process.
    """
    check_launcher(args.launcher)
    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    check_config(args.config)
    cfg = fromfile(args.config)
    cfg.launcher = args.launcher
    cfg.merge_from_dict(args.cfg_options or {})
    check_keys(cfg)
    if args.launcher != 'none':
        cfg.setdefault('sync_bn', 'torch')  # else losses depend on the number of processes; None leaves BatchNorm
    if start_cpu_ranks(args.launcher):
        fit_wrapper_to_cpu(cfg)
    if args.work_dir or not cfg.get('work_dir'):
        cfg.work_dir = args.work_dir or str(Path('work_dirs') / Path(cfg.filename).stem)
    return cfg


def check_config(path):
    """Raise FileNotFoundError if there is no such config."""
    if not Path(path).is_file():
        raise FileNotFoundError(f'config {path} does not exist; the configs are in configs/')


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
                        f'start with {command} (tools/dist_train.sh, tools/slurm_train.sh), or leave out --launcher')


def is_first_process(launcher):
    """Return whether this is the first of the processes that --launcher says were started."""
    return launcher == 'none' or int(os.environ[LAUNCHED_BY[launcher][0]]) == 0


def check_keys(cfg):
    """See that no key of a config is a misspelt one of mmengine's; mmengine would ignore the key without a word.

    Raises:
        UserError: naming the key that was meant.
    """
    known = set(inspect.signature(Runner).parameters)
    for key in cfg:
        meant = get_close_matches(key, known, n=1, cutoff=0.85)
        if meant and key not in known:
            raise UserError(f"{cfg.filename}: the key '{key}' is not one of mmengine's, so it would do nothing; write "
                            f"'{meant[0]}', or give it a name that is less like it")


def check_checkpoint(path):
    """See that a local checkpoint is there; one with a scheme (https://, torchvision://) is left to mmengine.

    Raises:
        FileNotFoundError: naming the file, and the command that trains it where one of our configs does.
    """
    if path is None or '://' in str(path) or Path(path).is_file():
        return
    config = next(Path('configs').rglob(f'{Path(path).parent.name}.py'), None)
    advice = f'train it first: python tools/train.py {config}' if config else 'give the path of a checkpoint'
    raise FileNotFoundError(f'checkpoint {path} does not exist; {advice}')


@contextmanager
def errors_in_one_sentence(config='the config'):
    """End the program as a tool does: in one sentence on stderr, for all that is not a bug.

    An error for which `sentence_of` has a sentence ends the program with exit code 2, Ctrl-C with 130. Any other error
    is a bug: its traceback is shown, and the exit code is 1. With ADVBN_TRACEBACK set in the environment all errors
    pass as they are.

    Args:
        config (str): what to call the config in a sentence.
    """
    try:
        with user_errors_of_torch():
            yield
    except KeyboardInterrupt:
        print('Stopped. Run the same command again to go on.', file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        if os.environ.get('ADVBN_TRACEBACK'):
            raise
        sentence = sentence_of(error, config)
        if sentence is None:
            traceback.print_exc()
            print(BUG, file=sys.stderr)
            sys.exit(1)
        print(f'error: {sentence}', file=sys.stderr)
        sys.exit(2)
