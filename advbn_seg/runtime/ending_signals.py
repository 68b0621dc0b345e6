"""The signals that end a program from outside, and how they are called."""
import signal

NAMES = {signal.SIGTERM: 'SIGTERM', signal.SIGINT: 'Ctrl-C', signal.SIGHUP: 'SIGHUP'}


def ending_signals():
    """Return the numbers of these signals, without SIGHUP where nohup has it ignored."""
    return [number for number in NAMES if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN]
