"""A whole preparation, told on the terminal: bring in what is given, check every frame, write the split lists."""
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from rich import progress as bars
from rich.console import Console

from ...errors import UserError
from ...runtime.regular_files import check_name
from ..layout import SPLITS, VIEW, find_domains, paired_frames, read_split, same_time, split_file, unpaired_frames
from ..splits import SIZES, too_few_frames, write_splits
from .ledger import Ledger
from .prepare import bring_in, check_sequence, find_sequences, frame_files, is_size
from .shrink import shrink_sequence
from .uncompressed import write_uncompressed

CONSOLE = Console(soft_wrap=True, highlight=False, markup=False)


class Preparation:
    """Of one data root; what an earlier call has done is not done again.

    Args:
        root (Path): made if needed.
        sequences (dict): scene to sequence number.
        view (str): camera.
        height (int, optional): of copies, in pixels; without, folders are linked.
        max_unpacked (float, optional): bytes that one archive may take on the disk.

    Raises:
        UserError: a root whose name is not UTF-8, or a view that leads out of the sequence.
    """

    def __init__(self, root, sequences, view, height=None, max_unpacked=None):
        check_name(root, 'the command line')
        if Path(view).is_absolute() or '..' in Path(view).parts:  # compact labels would lie where the originals do
            raise UserError(f"--view {view} is not the folder of a camera below RGB, such as {VIEW}.")
        root.mkdir(parents=True, exist_ok=True)
        self.root, self.sequences, self.view, self.height, self.max_unpacked = (
            root, sequences, view, height, max_unpacked)
        copies = '' if height is None else f'_{height}'
        if height and view != VIEW:  # a copy has one view only
            copies += f'_{view.replace("/", "_")}'
        self.ledger = Ledger(root / f'.prepared{copies}.json')

    def bring_in(self, sources):
        """Unpack, link or copy what the sources have."""
        with progress_of(bars.FileSizeColumn()) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
            def shrink(sequence, place):
                task = progress.add_task(f'Copying {sequence.name} at {self.height} pixels', total=None)
                shrink_sequence(sequence, place, self.height, self.view, pool, partial(progress.advance, task))
                progress.update(task, visible=False)

            for source in sources:
                task = progress.add_task(f'Unpacking {source.name}', total=None, visible=source.is_file())
                bring_in(source, self.root, self.ledger, partial(progress.advance, task),
                         None if self.height is None else shrink, self.max_unpacked)
                progress.update(task, total=1, completed=1, visible=False)

    def split(self, train=None, val=None, seed=None):
        """Check what is there and write the lists of all domains that are well.

        Args:
            train, val, seed (int, optional): see `write_splits`. Where none is given, lists that are there stay.

        Returns:
            list[str]: the domains that are not, 'any domain' where none is.
        """
        domains = find_domains(self.root, self.sequences)
        unused = {folder.name for folder in find_sequences(self.root)} - {folder.name for folder in domains.values()}
        if unused:
            CONSOLE.print(f"Not used, as --sequences does not name them: {', '.join(sorted(unused))}")
        sound = self._sound(domains)
        kept = [domain for domain in sound if (train, val, seed) == (None, None, None)
                and self._has_lists(domain, domains[domain])]
        if kept:
            CONSOLE.print(f"{self.root / 'splits'}: the lists of {len(kept)} domain(s) are there, and stay")
        train, val, seed = (default if given is None else given for given, default in zip((train, val, seed), SIZES))
        short = too_few_frames({domain: sound[domain] for domain in sound if domain not in kept}, train, val)
        for sentence in short.values():
            CONSOLE.print(sentence)
        ready = [domain for domain in sound if domain not in [*short, *kept]]
        if ready:
            write_splits(self.root, train, val, seed, sequences=self.sequences, view=self.view, domains=ready)
            CONSOLE.print(f"{self.root / 'splits'}: lists of {train} train and {val} val frames for {len(ready)} "
                          'domain(s)')
        left_out = ['/'.join(domain) for domain in domains if domain not in [*ready, *kept]]
        return left_out if ready or kept else left_out or ['any domain']

    def uncompress(self, wanted):
        """Write the training images of some domains as BMP files.

        Args:
            wanted (list[str]): names of domains, such as `highway/dawn`.

        Raises:
            UserError: a domain that has no split lists here.
        """
        domains = {'/'.join(domain): folder for domain, folder in find_domains(self.root, self.sequences).items()
                   if split_file(self.root, *domain, 'train').is_file()}
        unknown = [name for name in wanted if name not in domains]
        if unknown:
            raise UserError(f"--uncompressed {unknown[0]}: {self.root} has no such domain; choose from "
                            f"{', '.join(domains) or 'none'}")
        with progress_of(bars.MofNCompleteColumn()) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
            for name in wanted:
                stems = read_split(split_file(self.root, *name.split('/'), 'train'))
                task = progress.add_task(f'Uncompressing {name}', total=len(stems))
                write_uncompressed(domains[name], stems, self.view, pool, partial(progress.advance, task))
                progress.print(f'{name}: {len(stems)} training images without compression')

    def _has_lists(self, domain, folder):
        """Return whether a domain has both lists, of frames that it has; those of another sequence are none."""
        lists = [split_file(self.root, *domain, split) for split in SPLITS]
        return (all(file.is_file() for file in lists)
                and {stem for file in lists for stem in read_split(file)} <= {*paired_frames(folder, self.view)})

    def _sound(self, domains):
        """Print every problem, and return {(scene, condition): number of frames} of the domains that have none."""
        sound = {}
        columns = bars.MofNCompleteColumn(), bars.TimeRemainingColumn()
        with progress_of(*columns) as progress, ThreadPoolExecutor(os.cpu_count()) as pool:
            for domain, folder in domains.items():
                frames = frame_files(folder, self.view)
                files = [file for frame in frames for file in frame if file.is_file()]
                key, problems = f'{folder.name}/{self.view}', []
                known = (not unpaired_frames(folder, self.view)
                         and all(same_time(compact, label) for _, label, compact in frames))
                size = self.ledger.get(key, files, is_size) if known else None
                if not size:
                    task = progress.add_task(f"Checking {'/'.join(domain)}", total=len(frames))
                    problems, size = check_sequence(folder, self.view, pool,
                                                    lambda task=task: progress.advance(task))
                    progress.update(task, visible=False)
                    if not problems:
                        self.ledger.record(key, [file for frame in frames for file in frame], size)
                for problem in problems:
                    progress.print(problem)
                if not problems:
                    sound[domain] = len(frames)
                    progress.print(f"{'/'.join(domain)}: {len(frames)} frames of {size[0]}x{size[1]}, all well")
        return sound


def progress_of(*columns):
    description = bars.TextColumn('{task.description}', markup=False)
    return bars.Progress(description, bars.BarColumn(), *columns, console=CONSOLE)
