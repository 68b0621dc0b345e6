"""The frames of `Examples` as the page shows them: pictures inside its text, and captions."""
import base64

import cv2

from ..evaluation.results import BASELINE
from ..evaluation.segmentation.examples import RULE
from .sheets import changed, coloured, unpacked

WIDTH = 240  # of a picture, at most: a page of many runs stays below 5 MB


def page_frames(examples):
    """Return each target's frame once for each source: dicts of source, target, caption, pictures."""
    frames = []
    for frame in examples.frames:
        for source in dict.fromkeys(each.source for each in frame.predictions):
            mine = [each for each in frame.predictions if each.source == source]
            frames.append(dict(source=source, target=frame.target, caption=f'{frame.name}. {RULE}',
                               pictures=[*given(examples, frame), *predicted(examples, frame, mine)]))
    return frames


def page_changes(examples):
    """Return the largest gains and losses: dicts of source, target, caption, pictures."""
    found = []
    for name, frames in (('gain', examples.gains), ('loss', examples.losses)):
        for frame in frames:
            before, after = frame.predictions
            caption = (f'{name.capitalize()} of {after.miou - before.miou:+.1f} mIoU by {after.label}, trained on '
                       f'{before.source}: {frame.name} of {frame.target}')
            found.append(dict(source=before.source, target=frame.target, caption=caption,
                              pictures=[*given(examples, frame), *predicted(examples, frame, [before, after])]))
    return found


def given(examples, frame):
    """Return image and truth."""
    return [shown('image', unpacked(frame.image)[..., ::-1], photograph=True),
            shown('truth', coloured(unpacked(frame.truth), examples.palette))]


def predicted(examples, frame, predictions):
    """Yield what runs of one source predict, and where that is better or worse than the baseline."""
    baseline = next((each for each in predictions if each.label == BASELINE), None)
    for each in predictions:
        classes = coloured(unpacked(each.classes), examples.palette)
        yield shown(f'{each.label}: {each.miou:.1f} mIoU', classes, each.label)
        if baseline and each is not baseline:
            yield shown(f'{each.label} against {BASELINE}: blue is mended, orange is spoilt',
                        changed(examples, frame, baseline, each), each.label, photograph=True, change=True)


def shown(text, picture, label=None, photograph=False, change=False):
    """Return a picture, (H, W, 3) RGB, as a data URI; photographs as JPEG, areas of one colour as PNG."""
    height, width = picture.shape[:2]
    if width > WIDTH:
        picture = cv2.resize(picture, (WIDTH, round(height * WIDTH / width)),
                             interpolation=cv2.INTER_AREA if photograph else cv2.INTER_NEAREST)
    kind, options = ('jpeg', [cv2.IMWRITE_JPEG_QUALITY, 80]) if photograph else ('png', [])
    data = base64.b64encode(cv2.imencode(f'.{kind}', picture[..., ::-1], options)[1]).decode()
    return dict(text=text, label=label, change=change, uri=f'data:image/{kind};base64,{data}')
