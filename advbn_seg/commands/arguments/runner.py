"""The flags that mmseg's train.py and test.py share."""
from . import LAUNCHERS, add_cfg_options, add_config


def add_runner_arguments(parser, work_dir):
    """Add the arguments that `runtime.command_line.read_config` reads; `work_dir` says what that folder is for."""
    add_config(parser)
    parser.add_argument('--work-dir', help=f'{work_dir} (default: work_dirs/CONFIG_NAME)')
    add_cfg_options(parser)
    parser.add_argument('--launcher', choices=LAUNCHERS, default='none', help='what started the processes')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0,
                        help='number of this process on its machine, set by torch.distributed.launch')
