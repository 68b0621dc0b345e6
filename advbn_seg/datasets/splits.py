"""Disjoint random train and validation lists of each SYNTHIA domain (900 and 500 frames in the paper)."""

import hashlib
from pathlib import Path

from ..errors import UserError
from ..runtime.atomic_io import write_text
from .layout import SEQUENCES, VIEW, find_domains, paired_frames, split_file

SIZES = 900, 500, 0  # training and validation frames as in the paper, and the seed


def write_splits(root, num_train=SIZES[0], num_val=SIZES[1], seed=SIZES[2], *,
                 sequences=SEQUENCES, view=VIEW, domains=None):
    """Write `ROOT/splits/{scene}_{condition}_{train,val}.txt`, a frame stem per line, for all domains there.

    The same frames, sizes and seed give the same lists on any machine; lists that are already right are not
    touched.

    Args:
        root (str | Path): Folder that holds the `SYNTHIA-SEQS-*` folders.
        num_train (int): Training frames of each domain.
        num_val (int): Validation frames of each domain, none of which is a training frame.
        seed (int): Another seed, another choice of frames.
        sequences (dict): Scene to sequence number, such as `dict(highway='01', nyc='02')`.
        view (str): Camera whose frames are listed.
        domains (Iterable, optional): (scene, condition) pairs to write; all that are there by default.

    Returns:
        list[Path]: The lists, train before val, domain by domain.

    Raises:
        FileNotFoundError: No sequence folder under `root`, or none of a domain asked for.
        UserError: A size is below 1, or a domain has too few frames or unpaired ones. Then nothing is written.
    """
    folders = find_domains(root, sequences)
    if not folders:
        raise FileNotFoundError(f'No SYNTHIA-SEQS-NN-CONDITION folder of {sequences} in {root}: name the '
                                'folder that holds them.')
    chosen = folders if domains is None else list(domains)
    missing = [domain for domain in chosen if domain not in folders]
    if missing:
        raise FileNotFoundError(f"No sequence folder of {'/'.join(missing[0])} in {root}.")

    stems = {domain: paired_frames(folders[domain], view) for domain in chosen}
    short = too_few_frames({domain: len(names) for domain, names in stems.items()}, num_train, num_val)
    if short:
        raise UserError(' '.join(short.values()))
    return [path for domain, names in stems.items()
            for path in _write_domain(root, domain, names, num_train, num_val, seed)]


def too_few_frames(counts, num_train, num_val) -> dict:
    """Return the domains that are too short for the split, each with a sentence that says how to choose sizes.

    Args:
        counts (dict): {(scene, condition): number of frames}, of all domains that share the sizes.

    Raises:
        UserError: A size is below 1.

    Example:
        >>> too_few_frames({('nyc', 'dawn'): 719, ('nyc', 'fog'): 1451}, 900, 500)
        {('nyc', 'dawn'): 'nyc/dawn has 719 frames, fewer than 900 train + 500 val: choose sizes ...462 and 257.'}
    """
    if min(num_train, num_val) < 1:
        raise UserError('A split needs at least one frame on each side, not '
                        f'{num_train} train and {num_val} val.')
    need = num_train + num_val
    fewest = min(counts.values(), default=0)
    fits = max(1, fewest * num_train // need)
    advice = f'choose sizes that add up to at most {fewest}, such as {fits} and {fewest - fits}.'
    asked = f'{num_train} train + {num_val} val'
    return {domain: f"{'/'.join(domain)} has {count} frames, fewer than {asked}: {advice}"
            for domain, count in counts.items() if count < need}


def _write_domain(root, domain, stems, num_train, num_val, seed) -> list[Path]:
    # Hashes order the frames at random, yet alike under every Python version, as `random` need not.
    def draw(stem):
        return hashlib.sha256(f"{seed}/{'/'.join(domain)}/{stem}".encode()).digest()

    order = sorted(stems, key=draw)
    lists = dict(train=order[:num_train], val=order[-num_val:])  # from the end: more training frames leave it as it is
    texts = {split_file(root, *domain, split): ''.join(f'{stem}\n' for stem in sorted(chosen))
             for split, chosen in lists.items()}
    others = [path for path, text in texts.items() if not path.is_file() or path.read_bytes() != text.encode()]
    for path in others:  # if this ends in between, a new list must not stand beside an old one with the same frames
        path.unlink(missing_ok=True)
    for path in others:
        write_text(path, texts[path])
    return list(texts)
