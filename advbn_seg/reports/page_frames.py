"""The frames of `Examples` as the page shows them: pictures inside its text, and captions."""
import base64

import cv2

from ..evaluation.results import BASELINE
from ..evaluation.segmentation.example_choice import RULE
from .sheets import changed, coloured, unpacked

WIDTH = 240  # of a picture, at most
PHOTOGRAPH, LOSSLESS = 75, 101  # WebP's quality


def page_frames(examples, names):
    """Yield each target's frame once for each source: dicts of source, target, caption, pictures.

    Args:
        examples (Examples): which frames.
        names (dict): what readers call each label; see `Results.names`.
    """
    for frame in examples.frames:
        for source in dict.fromkeys(each.source for each in frame.predictions):
            mine = [each for each in frame.predictions if each.source == source]
            yield dict(source=source, target=frame.target, caption=f'{frame.name}. {RULE}',
                       pictures=[*given(examples, frame), *predicted(examples, frame, mine, names)])


def page_changes(examples, names):
    """Yield the largest gains and losses: dicts of caption and pictures."""
    for name, frames in (('gain', examples.gains), ('loss', examples.losses)):
        for frame in frames:
            before, after = frame.predictions
            caption = (f'{name.capitalize()} of {after.miou - before.miou:+.1f} mIoU by {names[after.label]}, trained '
                       f'on {before.source}: {frame.name} of {frame.target}')
            pictures = [*given(examples, frame), *predicted(examples, frame, [before, after], names)]
            yield dict(caption=caption, pictures=pictures)


def given(examples, frame):
    """Return image and truth."""
    return [shown('image', unpacked(frame.image)[..., ::-1], photograph=True),
            shown('truth', coloured(unpacked(frame.truth), examples.palette))]


def predicted(examples, frame, predictions, names):
    """Yield what runs of one source predict, and where that is better or worse than the baseline."""
    baseline = next((each for each in predictions if each.label == BASELINE), None)
    for each in predictions:
        classes = coloured(unpacked(each.classes), examples.palette)
        yield shown(f'{names[each.label]}: {each.miou:.1f} mIoU', classes, each.label)
        if baseline and each is not baseline:
            yield shown(f'{names[each.label]} against {names[BASELINE]}: blue is mended, orange is spoilt',
                        changed(frame, baseline, each), each.label, photograph=True, change=True)


def shown(text, picture, label=None, photograph=False, change=False):
    """Return a picture, (H, W, 3) RGB, as a data URI of WebP, which keeps areas of one colour as they are."""
    height, width = picture.shape[:2]
    if width > WIDTH:
        picture = cv2.resize(picture, (WIDTH, round(height * WIDTH / width)),
                             interpolation=cv2.INTER_AREA if photograph else cv2.INTER_NEAREST)
    quality = [cv2.IMWRITE_WEBP_QUALITY, PHOTOGRAPH if photograph else LOSSLESS]
    data = base64.b64encode(cv2.imencode('.webp', picture[..., ::-1], quality)[1]).decode()
    return dict(text=text, label=label, change=change, uri=f'data:image/webp;base64,{data}')
