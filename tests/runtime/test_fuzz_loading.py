"""A few hundred files of the fuzzing; `python -m tests.runtime.fuzz_loading --count 5000` loads more."""
import subprocess
import sys

import pytest

from tests.runtime.fuzz_loading import Watch


@pytest.mark.slow
def test_no_crash_no_file_and_no_process():
    done = subprocess.run([sys.executable, '-m', 'tests.runtime.fuzz_loading', '--count', '400', '--seed', '1'],
                          capture_output=True, text=True)
    assert done.returncode == 0, f'{done.returncode}: {done.stdout[-3000:]} {done.stderr[-3000:]}'
    assert 'findings: 0' in done.stdout and 'loaded' in done.stdout and 'refused' in done.stdout


def test_the_watch_sees_what_a_file_could_do(tmp_path):
    watch = Watch()
    watch.on = True
    (tmp_path / 'a').write_text('')
    subprocess.run(['true'])
    watch.on = False
    open(tmp_path / 'a').close()
    assert any('open' in event and "'w'" in event for event in watch.seen)
    assert any(event.startswith('subprocess.Popen') for event in watch.seen)
