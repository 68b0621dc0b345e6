import os
import socket

import pytest

from advbn_seg.errors import UserError
from advbn_seg.runtime.regular_files import check_name, check_regular


def test_what_never_ends_is_refused(tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('')
    (tmp_path / 'link').symlink_to(tmp_path / 'file')
    check_regular(tmp_path / 'file', str(tmp_path / 'link'), tmp_path, tmp_path / 'absent', 'https://x/a.png', 'a\0b')
    os.mkfifo(tmp_path / 'fifo')
    (tmp_path / 'to_fifo').symlink_to(tmp_path / 'fifo')
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind('socket')
        for name in ('fifo', 'to_fifo', 'socket', '/dev/zero'):
            with pytest.raises(UserError, match=f'{name} is a FIFO, a socket or a device, but a file was expected'):
                check_regular('file', name)


def test_names_are_text():
    check_name('caf\u00e9', 'here')
    with pytest.raises(UserError, match=r"here has a file whose name is not UTF-8, 'caf\\xe9': rename"):
        check_name('caf\udce9', 'here')
    for name in ('9\x1b[2Jhello.png', 'two\nlines', 'tab\t', 'c1\x9b31m'):
        with pytest.raises(UserError, match='whose name has a control character') as refused:
            check_name(name, 'here')
        assert str(refused.value).isprintable()
