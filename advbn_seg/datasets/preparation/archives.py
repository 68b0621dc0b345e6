"""Unpacking of archives that nobody vouches for: zip, tar (plain, gz, bz2, xz) and rar.

Only regular files are written, by our own code, into a folder of our own. So no member can reach outside the folder,
whatever the member's name or kind, and no archive fills the disk. Programs that unpack rar never write to the disk
either: they hand their output to that code.
"""

import gzip
import lzma
import os
import shutil
import stat
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from functools import partial
from pathlib import Path, PureWindowsPath

from ...errors import UserError
from ...runtime.regular_files import check_name

CHUNK = 1 << 20  # bytes
BLOCK = 4096  # bytes that the smallest file takes on a disk
RATIO, LEAST = 20, 1 << 30  # an archive of images hardly shrinks: it may unpack to so many times its size, or bytes
EXTENSIONS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME,
              tarfile.GNUTYPE_LONGLINK)
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, EOFError,
           RuntimeError,  # of zipfile, for an encrypted member or an unknown compression
           FileExistsError, NotADirectoryError,  # two members of one name
           UnicodeError)  # a name in another encoding than it says


class MemberHeader(tarfile.TarInfo):
    """A header of a tar; one that says something of the next is read into memory as a whole, so it must be short."""

    @classmethod
    def frombuf(cls, *args):
        header = super().frombuf(*args)
        if header.type in EXTENSIONS and header.size > CHUNK:
            raise tarfile.ReadError(f'the header of a member takes {header.size} bytes')
        return header


def extract(archive, into, on_bytes=lambda count: None, max_bytes=None):
    """Unpack `archive` into `into`, a new folder; where that fails, the folder is gone again.

    Files get the archive's time of change.

    Args:
        archive (str | Path): zip, tar or rar file; its content tells which.
        into (str | Path): Folder to make.
        on_bytes (callable): Called with the number of bytes that have just been written.
        max_bytes (float, optional): Most bytes on the disk; 20 times the archive's size, or 1 GiB, where not given.

    Raises:
        UserError: Damaged, of an unknown kind, or larger unpacked than allowed. Or a member is a link or a device, or
            has a name that leads out of the folder or is not UTF-8.
        FileExistsError: `into` is there already.
    """
    archive, into = Path(archive), Path(into)
    status = archive.stat()
    allowed = max_bytes or max(RATIO * status.st_size, LEAST)
    taken = 0

    def take(count):
        nonlocal taken
        taken += count
        if taken > allowed:
            raise UserError(f'{archive} is not unpacked: it takes more than {allowed / 1e9:.3g} GB; download it again '
                            'from its source, or allow more with --max-unpacked.')

    def write(name, is_file, open_member):
        if not is_file:
            raise UserError(f"{archive} is not unpacked: its member '{name}' is a link or a device, and a "
                            'data set needs only files; download it again from its source.')
        path = into / _inside(name, archive)
        take(BLOCK * (1 + len(path.relative_to(into).parts)))
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_member() as stream, path.open('xb') as file:
            while chunk := stream.read(CHUNK):
                take(len(chunk))
                on_bytes(file.write(chunk))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # alike each time, whatever the member says

    into.mkdir(parents=True)
    try:
        _reader(archive)(archive, write)
    except BaseException as error:
        shutil.rmtree(into)
        if isinstance(error, DAMAGED) or isinstance(error, OSError) and error.errno is None:  # bz2 raises a bare one
            raise UserError(f'{archive} cannot be unpacked: damaged, or no zip, tar or rar file '
                            f'({error}); download it again.') from error
        if isinstance(error, OSError):
            error.filename = error.filename or str(into)  # a full disk comes without one
        raise


def _inside(name, archive):
    check_name(name, archive)
    path = PureWindowsPath(name)  # knows both separators and drives, so it is the stricter reading everywhere
    if path.drive or path.root or '..' in path.parts or not path.parts or '\0' in name:
        raise UserError(f"{archive} is not unpacked: the name of its member '{name}' leads out of the "
                        'folder; download it again from its source.')
    return Path(*path.parts)


def _reader(archive):
    """Return a function that calls write(name, is a regular file, opener) for every member but folders, in order."""
    with archive.open('rb') as file:
        magic = file.read(4)
    if magic == b'Rar!':
        return _read_rar
    return _read_zip if magic[:2] == b'PK' else _read_tar


def _read_zip(archive, write):
    with zipfile.ZipFile(archive) as file:
        for info in file.infolist():
            if not info.is_dir():
                kind = stat.S_IFMT(info.external_attr >> 16)  # 0 where the archive was made outside Unix
                write(info.filename, kind in (0, stat.S_IFREG), partial(file.open, info))


def _read_tar(archive, write):
    with tarfile.open(archive, tarinfo=MemberHeader) as file:
        _write_tar_members(file, write)
        file.fileobj.seek(file.offset)
        # Without these zeros the file was cut, which tarfile takes for its end.
        if file.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError('its end is missing')
        while file.fileobj.read(CHUNK):  # to the end, where the decompressors look at their checksums
            pass


def _write_tar_members(file, write):
    for info in file:
        if not info.isdir():
            write(info.name, info.isreg(), partial(file.extractfile, info))


def _read_rar(archive, write):
    try:
        import rarfile
    except ImportError:
        _read_rar_with_bsdtar(archive, write)
    else:
        _read_rar_with_rarfile(rarfile, archive, write)


def _read_rar_with_rarfile(rarfile, archive, write):
    try:
        with rarfile.RarFile(archive, errors='strict') as file:
            for info in file.infolist():
                if not info.is_dir():
                    write(info.filename, info.is_file(), partial(file.open, info))
    except rarfile.RarCannotExec as error:
        raise UserError(f'{archive} needs a program that unpacks rar ({error}): install unrar or '
                        'bsdtar.') from error
    except rarfile.Error as error:
        raise UserError(f'{archive} cannot be unpacked: damaged ({error}); download it again.') from error


def _read_rar_with_bsdtar(archive, write):
    """Read the tar stream that bsdtar makes of a rar; every member is checked like any other.

    A rar that was cut exactly between two members passes for whole here; rarfile would notice.
    """
    program = shutil.which('bsdtar')
    if not program:
        raise UserError(f'{archive} is a rar file, which needs bsdtar (Debian and Ubuntu: apt install '
                        'libarchive-tools) or rarfile (pip install rarfile) with unrar; or unpack it '
                        'yourself and name the folder instead.')
    command = [program, '-cf', '-', '--format=pax', f'@{archive.resolve()}']
    with tempfile.TemporaryFile() as complaints:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints) as process:
            with tarfile.open(fileobj=process.stdout, mode='r|', tarinfo=MemberHeader) as file:
                _write_tar_members(file, write)
        if process.returncode:
            complaints.seek(0)
            reason = complaints.read().decode(errors='replace').strip()
            raise UserError(f'{archive} cannot be unpacked: damaged, or too new for bsdtar ({reason}); '
                            'download it again, or unpack it with unrar and name the folder instead.')
