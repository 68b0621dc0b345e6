import gzip
import io
import shutil
import sys
import tarfile
import zipfile
import zlib

import pytest

from advbn_seg.datasets.preparation import archives
from advbn_seg.datasets.preparation.archives import extract
from advbn_seg.errors import UserError

FILES = {'top/a.txt': b'first', 'top/deep/b.bin': bytes(range(256)) * 9000}


def make_zip(path, files):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def make_tar(path, files, mode='w', **special):
    """Each of `special` is a link or device type, stored under its own name and pointing at /etc."""
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, kind in special.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, '/etc'
            archive.addfile(info)


def make_rar(path, files):
    """The least a RAR 5 file can be: members stored as they are."""
    def number(value):
        return bytes([value & 127 | 128]) + number(value >> 7) if value > 127 else bytes([value])

    def block(*fields):
        header = b''.join(field if isinstance(field, bytes) else number(field) for field in fields)
        header = number(len(header)) + header
        return zlib.crc32(header).to_bytes(4, 'little') + header

    with open(path, 'wb') as file:
        file.write(b'Rar!\x1a\x07\x01\x00' + block(1, 0, 0))
        for name, content in files.items():
            crc = zlib.crc32(content).to_bytes(4, 'little')
            size = len(content)
            file.write(block(2, 2, size, 4, size, 0o100644, crc, 0, 1, len(name), name.encode()) + content)
        file.write(block(5, 0, 0))


MAKERS = {
    'a.zip': make_zip, 'a.tar': make_tar, 'a.tar.gz': lambda path, files: make_tar(path, files, 'w:gz'),
    'a.tar.xz': lambda path, files: make_tar(path, files, 'w:xz'),
}


def contents(folder):
    files = [path for path in folder.rglob('*') if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize('name', MAKERS)
def test_round_trip(tmp_path, name):
    MAKERS[name](tmp_path / name, FILES)
    written = []
    extract(tmp_path / name, tmp_path / 'new', written.append)
    assert contents(tmp_path / 'new') == FILES
    assert sum(written) == sum(map(len, FILES.values()))


@pytest.mark.parametrize('name', MAKERS)
@pytest.mark.parametrize('cut', [lambda data: data[:len(data) // 3], lambda data: data.rstrip(b'\0')[:-1]],
                         ids=['third', 'last byte'])
def test_a_cut_archive_leaves_nothing(tmp_path, name, cut):
    MAKERS[name](tmp_path / name, {f'{i}.bin': zlib.compress(bytes([i])) * 999 for i in range(40)})
    (tmp_path / name).write_bytes(cut((tmp_path / name).read_bytes()))
    with pytest.raises(UserError, match=f'{name} cannot be unpacked.*download it again'):
        extract(tmp_path / name, tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


def test_a_damaged_bz2_is_named(tmp_path):
    archive = tmp_path / 'a.tar.bz2'
    make_tar(archive, FILES, 'w:bz2')
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)
    with pytest.raises(UserError, match=r'a.tar.bz2 cannot be unpacked: damaged, or no zip, tar .*Invalid data stream'):
        extract(archive, tmp_path / 'into')
    assert not (tmp_path / 'into').exists()


def test_a_tar_cut_between_two_members_is_not_taken_for_whole(tmp_path):
    make_tar(tmp_path / 'a.tar', {'a': bytes(512), 'b': bytes(512)})
    (tmp_path / 'a.tar').write_bytes((tmp_path / 'a.tar').read_bytes()[:1024])
    with pytest.raises(UserError, match='its end is missing'):
        extract(tmp_path / 'a.tar', tmp_path / 'new')


@pytest.mark.parametrize('evil', ['../out.txt', 'top/../../out.txt', '/tmp/out.txt', r'..\out.txt',
                                  r'C:\out.txt', r'\\host\share\out.txt'])
@pytest.mark.parametrize('name', ['a.zip', 'a.tar'])
def test_no_name_leads_out(tmp_path, name, evil):
    MAKERS[name](tmp_path / name, {'fine.txt': b'', evil: b'evil'})
    with pytest.raises(UserError, match='leads out of the folder'):
        extract(tmp_path / name, tmp_path / 'in' / 'new')
    assert not list(tmp_path.rglob('*.txt'))


@pytest.mark.parametrize('kind', [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    make_tar(tmp_path / 'a.tar', FILES, odd=kind)
    with pytest.raises(UserError, match="member 'odd' is a link or a device"):
        extract(tmp_path / 'a.tar', tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


def test_links_in_a_zip_are_refused(tmp_path):
    info = zipfile.ZipInfo('odd')
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / 'a.zip', 'w') as archive:
        archive.writestr(info, '/etc/passwd')
    with pytest.raises(UserError, match="member 'odd' is a link"):
        extract(tmp_path / 'a.zip', tmp_path / 'new')


def test_two_members_of_one_name_are_refused(tmp_path):
    make_tar(tmp_path / 'a.tar', {'a/b': b'1', 'a/./b': b'2'})
    with pytest.raises(UserError, match='cannot be unpacked'):
        extract(tmp_path / 'a.tar', tmp_path / 'new')


def test_what_is_no_archive_and_a_folder_that_is_there(tmp_path):
    (tmp_path / 'a.zip').write_text('<html>please log in</html>' * 99)
    with pytest.raises(UserError, match='no zip, tar or rar file'):
        extract(tmp_path / 'a.zip', tmp_path / 'new')
    with pytest.raises(FileExistsError):
        extract(tmp_path / 'a.zip', tmp_path)
    assert (tmp_path / 'a.zip').exists()


@pytest.mark.parametrize('name', ['a.zip', 'a.tar.gz', 'a.tar.xz'])
def test_an_archive_does_not_fill_the_disk(tmp_path, monkeypatch, name):
    MAKERS[name](tmp_path / name, {'bomb': bytes(10 ** 7)})
    size = (tmp_path / name).stat().st_size
    monkeypatch.setattr(archives, 'LEAST', 30 * size)
    written = []
    with pytest.raises(UserError, match=f'{name} is not unpacked: it takes more than .* GB; .*--max-unpacked'):
        extract(tmp_path / name, tmp_path / 'new', written.append)
    assert sum(written) <= 10 ** 7 // 2 and not (tmp_path / 'new').exists()
    extract(tmp_path / name, tmp_path / 'new', max_bytes=2e7)
    assert (tmp_path / 'new/bomb').stat().st_size == 10 ** 7


@pytest.mark.parametrize('kind', [tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_nor_does_the_header_of_a_member_fill_the_memory(tmp_path, kind):
    header = tarfile.TarInfo('x')
    header.type, header.size = kind, 10 ** 12
    with gzip.open(tmp_path / 'a.tar.gz', 'wb') as file:
        file.write(header.tobuf(tarfile.GNU_FORMAT) + bytes(10 ** 6))
    with pytest.raises(UserError, match=r'(?s)a.tar.gz cannot be unpacked: damaged, .*takes 1000000000000 bytes'):
        extract(tmp_path / 'a.tar.gz', tmp_path / 'new')
    assert not (tmp_path / 'new').exists()


def test_nor_do_many_empty_files_or_folders(tmp_path):
    make_zip(tmp_path / 'a.zip', {f'{"/".join("abcdefgh")}/{index}': b'' for index in range(1000)})
    with pytest.raises(UserError, match='takes more than 0.01 GB'):
        extract(tmp_path / 'a.zip', tmp_path / 'new', max_bytes=1e7)


def test_a_small_archive_may_shrink_much(tmp_path):
    make_zip(tmp_path / 'a.zip', {'labels': bytes(10 ** 6)})
    extract(tmp_path / 'a.zip', tmp_path / 'new')
    assert (tmp_path / 'a.zip').stat().st_size * archives.RATIO < 10 ** 6


def test_names_are_utf_8(tmp_path):
    make_tar(tmp_path / 'a.tar', {'caf\udce9.png': b''})
    with pytest.raises(UserError, match=r"a.tar has a file whose name is not UTF-8, 'caf\\xe9.png': rename"):
        extract(tmp_path / 'a.tar', tmp_path / 'new')
    make_zip(tmp_path / 'a.zip', {'caf\u00e9.png': b''})
    (tmp_path / 'a.zip').write_bytes((tmp_path / 'a.zip').read_bytes().replace('\u00e9'.encode(), b'\xff\xff'))
    with pytest.raises(UserError, match='a.zip cannot be unpacked'):
        extract(tmp_path / 'a.zip', tmp_path / 'new')


def with_rarfile(archive, write):
    archives._read_rar_with_rarfile(pytest.importorskip('rarfile'), archive, write)


def with_bsdtar(archive, write):
    if not shutil.which('bsdtar'):
        pytest.skip('bsdtar is not installed')
    archives._read_rar_with_bsdtar(archive, write)


@pytest.mark.parametrize('reader', [with_rarfile, with_bsdtar])
def test_rar(tmp_path, monkeypatch, reader):
    monkeypatch.setattr(archives, '_read_rar', reader)
    make_rar(tmp_path / 'a.rar', FILES)
    extract(tmp_path / 'a.rar', tmp_path / 'new')
    assert contents(tmp_path / 'new') == FILES

    make_rar(tmp_path / 'evil.rar', {'fine.txt': b'', '../out.txt': b'evil'})
    with pytest.raises(UserError):
        extract(tmp_path / 'evil.rar', tmp_path / 'in' / 'new')
    assert not list(tmp_path.rglob('out.txt'))

    (tmp_path / 'cut.rar').write_bytes((tmp_path / 'a.rar').read_bytes()[:9000])
    with pytest.raises(UserError, match='cut.rar cannot be unpacked'):
        extract(tmp_path / 'cut.rar', tmp_path / 'cut')
    assert not (tmp_path / 'cut').exists()


def test_without_a_rar_program_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'rarfile', None)
    monkeypatch.setattr(shutil, 'which', lambda program: None)
    make_rar(tmp_path / 'a.rar', FILES)
    with pytest.raises(UserError, match='apt install libarchive-tools.*pip install rarfile'):
        extract(tmp_path / 'a.rar', tmp_path / 'new')
    assert not (tmp_path / 'new').exists()
