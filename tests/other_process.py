"""Another process that writes into a folder, for the tests of what one call does then."""
import subprocess
import sys
from contextlib import contextmanager

PROGRAM = """
import sys
from advbn_seg.runtime.run_lock import one_writer
with one_writer(sys.argv[1], option='--out', name=sys.argv[2]):
    print('there', flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_by_another_process(folder, name='.lock'):
    """Yield a process that has the lock of `folder` within this context."""
    with subprocess.Popen([sys.executable, '-c', PROGRAM, folder, name], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:
        other.stdout.readline()
        yield other
        other.stdin.close()
