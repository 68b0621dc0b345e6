"""Damaged and forged checkpoints by the thousand: the loader gives a sentence or data, and touches nothing.

    python -m tests.runtime.fuzz_loading --count 5000 [--seed 0]

Each file is a real checkpoint with harm done to it: bytes or instructions of its pickle are changed, calls of all names
that a file may use are put in, two pickles are spliced, or the whole file is cut or flipped. A process of its own loads
them, with limits on memory and time; the exit status is 1 for a finding and negative for a crash.
"""
import argparse
import io
import random
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

from advbn_seg.errors import UserError
from advbn_seg.runtime.pickled_values import NAMES
from advbn_seg.runtime.safe_loading import load_file
from tests import tiny
from tests.runtime.pickles import BUILD, NEWOBJ, REDUCE, named, pickle_of, saved, value, zipped

SECONDS, BYTES = 20, 8 << 30  # for one file
OF_TORCH = ['collections.OrderedDict', 'torch._utils._rebuild_tensor_v2', 'torch._utils._rebuild_parameter',
            'torch._utils._rebuild_device_tensor_from_numpy', 'torch._tensor._rebuild_from_type_v2', 'torch.Size']
ARGUMENTS = [(), ((4,), 'O', b'\x41' * 32), ('O8', False, True), ('f8', False, True), (2 ** 40,), ({},), ([1, 2],),
             (3,), 'min', (3, '|', None, ('a',), {'a': 0}, 8, 8, 0), (1, (2,), 'f8', False, b'\x41' * 16),
             {'__class__': 'x'}, None]
STACK = [b'0', b'2', b'(', b'1', b't', b'\x85', b'\x86', b'\x87', b']', b'}', b'a', b'e', b's', b'u', b'h\0', b'h\5',
         b'q\1', b'Q', b'i', b'o', b'\x92', b'\x8f', b'\x94', REDUCE, NEWOBJ, BUILD]
DOES = ('subprocess.', 'os.system', 'os.exec', 'os.fork', 'os.posix_spawn', 'os.spawn', 'os.remove', 'os.rename',
        'os.rmdir', 'os.mkdir', 'os.link', 'os.symlink', 'os.chmod', 'os.chown', 'os.truncate', 'os.kill', 'shutil.',
        'socket.', 'ctypes.', 'code.', 'builtins.input', 'tempfile.')


def flipped(data, rng, count=3):
    data = bytearray(data)
    for _ in range(rng.randint(1, count)):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def with_calls(data, rng):
    """Instructions put in at a random place: calls of what a file may name, with arguments or values of its own."""
    code = b''.join(rng.choice([
        lambda: named(rng.choice([*NAMES, *OF_TORCH])), lambda: value(rng.choice(ARGUMENTS)),
        lambda: rng.choice(STACK), lambda: rng.choice([REDUCE, NEWOBJ, BUILD])])() for _ in range(rng.randint(1, 9)))
    place = rng.randrange(2, len(data))
    return data[:place] + code + data[place:]


def called(data, rng):
    """A call that does not break what is around it: its value is thrown away under a new key of the outermost dict."""
    def call():
        state = rng.choice([b'', value(rng.choice(ARGUMENTS)) + BUILD])
        name = named(rng.choice([*NAMES, *OF_TORCH]))
        return name + value(rng.choice(ARGUMENTS[:8])) + rng.choice([REDUCE, NEWOBJ]) + state

    calls = b''.join(call() + b'q\xfe' for _ in range(rng.randint(1, 2)))
    return data[:-1] + value(f'key{rng.random()}') + calls + rng.choice([b's', b'h\xfe\x86s']) + b'.'


def spliced(data, rng, other):
    start, length = rng.randrange(len(other)), rng.randint(1, 200)
    place = rng.randrange(2, len(data))
    return data[:place] + other[start:start + length] + data[place + rng.choice([0, length]):]


def harmed(sources, rng):
    """The bytes of one file, and what was done to it."""
    source, other = rng.choice(sources), rng.choice(sources)
    how = rng.choice(['flipped pickle', 'calls', 'called', 'spliced', 'flipped file', 'cut file'])
    if source[:2] != b'PK' or how == 'flipped file':
        return flipped(source, rng), 'flipped file'
    if how == 'cut file':
        return source[:rng.randrange(len(source))], how
    change = dict(zip(('flipped pickle', 'calls', 'called'), (flipped, with_calls, called))).get(how)
    data = pickle_of(source)
    data = change(data, rng) if change else spliced(data, rng, pickle_of(other) if other[:2] == b'PK' else other)
    return zipped(data, source), how


def sources():
    """A checkpoint that a training has saved, small parts of it, and one in the format of torch < 1.6."""
    with tempfile.TemporaryDirectory() as folder:
        scheduler = dict(type='OneCycleLR', eta_max=0.1, total_steps=4, by_epoch=False)
        tiny.runner(folder, epochs=1, param_scheduler=[scheduler]).train()
        whole = load_file(Path(folder) / 'epoch_1.pth')
    parts = [{key: whole[key]} for key in ('message_hub', 'param_schedulers', 'meta')]
    few = dict(list(whole['state_dict'].items())[:8])
    return [*map(saved, [dict(whole, state_dict=few, optimizer={}), *parts]),
            saved(dict(state_dict=few, **parts[0]), _use_new_zipfile_serialization=False)]


class Watch:
    """Keeps what this process does to files, processes and the network while it is on."""

    def __init__(self):
        self.on, self.seen = False, []
        sys.addaudithook(self._hook)

    def _hook(self, event, arguments):
        if self.on and (event.startswith(DOES) or event == 'open' and self._writes(*arguments)):
            self.seen.append(f'{event}{arguments}')

    @staticmethod
    def _writes(path, mode, flags):
        return any(letter in (mode or '') for letter in 'wax+') or bool((flags or 0) & 0o3)


def fuzz(count, seed):
    """Load `count` files, and return how many ended how, by harm, and the findings."""
    warnings.simplefilter('ignore')
    rng, found, outcomes = random.Random(seed), [], Counter()
    files, watch = sources(), Watch()
    resource.setrlimit(resource.RLIMIT_AS, (used() + BYTES, resource.RLIM_INFINITY))
    for index in range(count):
        data, how = harmed(files, rng)
        signal.alarm(SECONDS)
        watch.on = True
        try:
            load_file(io.BytesIO(data))
            outcome = 'loaded'
        except UserError:
            outcome = 'refused'
        except Exception as error:
            outcome = f'{type(error).__name__}: {error}'
            found.append(f'file {index} of seed {seed} ({how}): {outcome}')
        watch.on = False
        signal.alarm(0)
        found += [f'file {index} of seed {seed} ({how}): {event}' for event in watch.seen]
        watch.seen.clear()
        outcomes[how, outcome] += 1
    return outcomes, found


def used():
    """Bytes of address space of this process."""
    return int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=1000)
    parser.add_argument('--seed', type=int, default=0)
    args = parser.parse_args()
    began = time.monotonic()
    outcomes, found = fuzz(args.count, args.seed)
    for (how, outcome), number in sorted(outcomes.items()):
        print(f'{how}: {number} {outcome}')
    print(f'{args.count} files in {time.monotonic() - began:.0f} s; findings: {len(found)}')
    print('\n'.join(found[:20]))
    sys.exit(bool(found))


if __name__ == '__main__':
    main()
