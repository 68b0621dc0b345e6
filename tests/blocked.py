"""Python code in a process of its own where some packages cannot be imported."""
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
BLOCK = '''
import sys

class Without:
    """A finder that does not find some packages, as if they were not installed."""
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, *args):
        blocked = name.partition('.')[0] in {blocked!r}
        return None if blocked else self.finder.find_spec(name, *args)

sys.meta_path[:] = map(Without, sys.meta_path)
'''


def run_without(packages, code):
    """Run code where importing any of the packages fails; return what it prints, and fail where it does."""
    done = subprocess.run([sys.executable, '-c', BLOCK.format(blocked=set(packages)) + code], cwd=ROOT,
                          capture_output=True, text=True, env={**os.environ, 'PYTHONPATH': str(ROOT)})
    assert done.returncode == 0, done.stderr
    return done.stdout
