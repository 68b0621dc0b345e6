"""Write drives to disk in the layout and the label encoding of the original SYNTHIA video sequences."""
import json
from collections.abc import Callable
from concurrent.futures import as_completed
from pathlib import Path

import cv2
import numpy as np

from ...datasets.labels import COLOURS
from ...datasets.layout import VIEW, frame_stems, image_folder, label_folder, sequence_folder
from ...errors import UserError
from ...runtime.atomic_io import replacing, write_text
from ..processes import image_processes
from .conditions import CONDITIONS
from .frame import SCENES, check, render_frame
from .world import CLIP

PARAMETERS = 'mini_synthia.json'
RENDERER = 1  # raise it with every change that shows in the frames: old and new ones must not mix


def write_sequences(root: str | Path, num_frames: int = 280, size: tuple[int, int] = (96, 160), seed: int = 0,
                    workers: int | None = None, progress: Callable[[int, int], None] | None = None) -> int:
    """Render all ten domains below ``root``; frames that are there already are kept.

    Args:
        root: Folder to write to; made if needed.
        num_frames: Frames of each domain.
        size: Height and width in pixels, up to 760 x 1280.
        seed: Number of the drive.
        workers: Processes; all cores if None. The frames do not depend on it.
        progress: Called with (frames done, frames in all).

    Returns:
        How many frames were rendered.

    Raises:
        UserError: If an argument is out of range, or ``root`` holds other frames than these.
    """
    root = Path(root)
    for scene in SCENES:
        check(scene, 'dawn', num_frames - 1, size, seed)
    _claim(root, size, seed)
    _refuse_more_frames(root, num_frames)
    clips = [(root, scene, condition, start, min(start + CLIP, num_frames), size, seed)
             for scene in SCENES for condition in CONDITIONS for start in range(0, num_frames, CLIP)]
    done, rendered, total = 0, 0, len(SCENES) * len(CONDITIONS) * num_frames
    with image_processes(workers) as pool:
        jobs = {pool.submit(_write_clip, *clip): clip for clip in clips}
        for job in as_completed(jobs):
            *_, start, stop, _, _ = jobs[job]
            done, rendered = done + stop - start, rendered + job.result()
            if progress:
                progress(done, total)
    return rendered


def _claim(root: Path, size: tuple[int, int], seed: int) -> None:
    """Note size, seed and renderer in ``root``, or check that the note there says the same."""
    wanted = {'height': size[0], 'width': size[1], 'seed': seed, 'renderer': RENDERER}
    path = root / PARAMETERS
    if path.exists():
        try:
            found = dict(json.loads(path.read_text(encoding='utf-8')))
        except (TypeError, ValueError):
            raise UserError(f'{path} is damaged: delete {root}, or choose another folder.') from None
        if found != wanted:
            was, asked = (', '.join(f'{name} {value}' for name, value in p.items()) for p in (found, wanted))
            raise UserError(f'{root} holds frames with {was}, but {asked} was asked for: '
                            'choose another folder or delete this one.')
        return
    if any(root.glob('SYNTHIA-SEQS-*')):
        raise UserError(f'{root} holds sequences that were not rendered here: choose another folder.')
    root.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(wanted) + '\n')


def _refuse_more_frames(root: Path, num_frames: int) -> None:
    """Raise UserError where frames beyond `num_frames` are there: split lists would be drawn from all."""
    for scene in SCENES:
        for condition in CONDITIONS:
            stems = frame_stems(image_folder(sequence_folder(root, scene, condition)))
            if beyond := [stem for stem in stems if stem >= f'{num_frames:06d}']:
                raise UserError(f'{root} holds {max(beyond)}.png of {scene}/{condition}, which is beyond --frames '
                                f'{num_frames}: give more of them, or choose another folder.')


def _write_clip(root: Path, scene: str, condition: str, start: int, stop: int, size: tuple[int, int],
                seed: int) -> int:
    """Render the missing frames from start to stop; return how many there were."""
    sequence = sequence_folder(root, scene, condition)
    folders = image_folder(sequence), sequence / 'GT' / 'COLOR' / VIEW, label_folder(sequence)
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    rendered = 0
    for index in range(start, stop):
        paths = [folder / f'{index:06d}.png' for folder in folders]
        if all(path.exists() for path in paths):
            continue
        image, labels, instances = render_frame(scene, condition, index, size, seed)
        for path, pixels in zip(paths, (image, COLOURS[labels], encode_labels(labels, instances))):
            with replacing(path) as temporary:
                temporary.write_bytes(cv2.imencode('.png', pixels[..., ::-1])[1])  # imwrite hides that a disk is full
        rendered += 1
    return rendered


def encode_labels(labels: np.ndarray, instances: np.ndarray) -> np.ndarray:
    """Encode class and instance ids (H, W) as SYNTHIA stores them: (H, W, 3) uint16 of class, instance, 0."""
    return np.stack([labels.astype(np.uint16), instances, np.zeros_like(instances)], -1)
