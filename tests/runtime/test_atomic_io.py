import errno
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from advbn_seg.runtime import atomic_io
from advbn_seg.runtime.atomic_io import replacing, write_durably

HOST = re.sub(r'\W', '-', socket.gethostname())[:40]


def test_a_file_is_replaced_at_once_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / 'file'
    write_durably(file, b'old')

    def full(_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(atomic_io.os, 'fsync', full)
    with pytest.raises(OSError, match='file could not be written: No space left on device'):
        write_durably(file, b'new')
    assert file.read_bytes() == b'old' and list(tmp_path.iterdir()) == [file]


def test_temporary_names_carry_the_process_and_keep_the_suffix(tmp_path):
    with replacing(tmp_path / 'a.png') as temporary:
        assert temporary.name == f'.a.png.{HOST}.{os.getpid()}.part.png'
        temporary.write_text('x')
    assert [path.name for path in tmp_path.iterdir()] == ['a.png']
    for name in ('x' * 230, '字' * 80):  # a file system takes 255 bytes
        with replacing(tmp_path / name) as temporary:
            temporary.write_text('x')


WRITES = """
import os, signal, sys
from advbn_seg.runtime import atomic_io
atomic_io.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
atomic_io.write_durably(sys.argv[1], b'half')
"""


def test_what_a_killed_process_left_goes_and_what_a_living_one_writes_stays(tmp_path):
    killed = subprocess.run([sys.executable, '-c', WRITES, tmp_path / 'a.pth'])
    assert killed.returncode == -signal.SIGKILL
    left, = tmp_path.iterdir()
    assert left.name.startswith('.a.pth.') and left.name.endswith('.part')
    living = tmp_path / f'.a.pth.{HOST}.{os.getppid()}.part'
    other = tmp_path / '.hidden.999999999'
    elsewhere = tmp_path / '.a.pth.another-host.999999999.part'  # a process of that number may live there
    for file in (living, other, elsewhere):
        file.write_text('')
    write_durably(tmp_path / 'b.pth', b'whole')
    assert {path.name for path in tmp_path.iterdir()} == {living.name, other.name, elsewhere.name, 'b.pth'}
