"""The flags that mmseg's train.py and test.py share."""
from . import LAUNCHERS, add_cfg_options, add_config


def add_runner_arguments(parser, work_dir='work_dirs/CONFIG_NAME'):
    """Add the arguments that `runtime.command_line.read_config` reads; the help names `work_dir` as the default."""
    add_config(parser)
    parser.add_argument('--work-dir', help=f'folder for logs and checkpoints (default: {work_dir})')
    add_cfg_options(parser)
    parser.add_argument('--launcher', choices=LAUNCHERS, default='none', help='what started the processes')
    parser.add_argument('--local_rank', '--local-rank', type=int, default=0,
                        help='number of this process on its machine, set by torch.distributed.launch')
