"""Which frames are shown: chosen by a rule and not by taste.

Of each target some frames, evenly spaced, are candidates. The example of a target is the candidate whose mIoU is in the
middle, that of the baselines averaged over their sources. Gains and losses are the candidates of unseen targets where
the mIoU of the method and of the baseline with the same source differ most.
"""
import base64
from pathlib import Path
from statistics import mean

import cv2
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.runner import TestLoop

from ...errors import UserError
from ..batches import batches_by_cell
from ..fingerprint import ignore_index, uses_fp16
from ..loading import evenly_spaced, load_model, open_dataset
from ..results import BASELINE, CONTROL
from .domains import domain_cells, source_domain
from .examples import IGNORED, Examples, Frame, Prediction, default_palette
from .matrix import CrossDomainMatrix
from .metric import confusion, scores

CANDIDATES = 10  # of a target
CHANGES = 4  # gains, and as many losses
WIDTH = 480  # of a picture, at most
RULE = (f'The frame of a domain is the one in the middle by mIoU of the baseline, of {CANDIDATES} candidates that are '
        'evenly spaced.')


class KeptMaps(BaseMetric):
    """Keep (file, mIoU, picture, truth, prediction) of each frame; the maps are small, (H, W) uint8.

    The picture, a JPEG in base64, is of what the pipeline gave the network, in the size of the maps.
    """
    default_prefix = ''

    def __init__(self, ignore):
        super().__init__()
        self.ignore = ignore

    def process(self, data_batch, data_samples):
        number = len(self.dataset_meta['classes'])
        for image, sample in zip(data_batch['inputs'], data_samples):
            prediction, truth = (sample[key]['data'].flatten().cpu() for key in ('pred_sem_seg', 'gt_sem_seg'))
            miou = scores(confusion(prediction, truth, number, self.ignore))['miou']
            shape = sample['gt_sem_seg']['data'].shape[-2:]
            maps = [small(each.masked_fill((each < 0) | (each >= number), IGNORED).reshape(shape).byte().numpy())
                    for each in (truth.int(), prediction.int())]
            colours = image[:3] if len(image) >= 3 else image[:1].expand(3, -1, -1)
            picture = cv2.resize(colours.clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy(), maps[0].shape[::-1],
                                 interpolation=cv2.INTER_AREA)
            self.results.append((sample['img_path'], miou, packed('.jpg', picture), *maps))

    def evaluate(self, size):
        kept = dict(frames=list(self.results))
        self.results.clear()
        return kept

    def compute_metrics(self, results):
        raise NotImplementedError  # `evaluate` does it all


def choose_examples(runs, device=None, progress=None):
    """Predict the candidates of all targets by one run for each source and label, and choose among them.

    Args:
        runs (list[Run]): from `open_runs`; of those that differ in their seed, the first counts.
        device (str, optional): see `load_model`.
        progress (callable, optional): called with a run's name before it predicts.

    Returns:
        Examples

    Raises:
        UserError: No method has a baseline of the same source among the runs.
    """
    chosen = {}
    for run in runs:
        chosen.setdefault((source_domain(run), CrossDomainMatrix.row_of(run, []).label), run)
    chosen = dict(sorted(chosen.items(), key=lambda item: (item[0][1] != BASELINE, item[0][1] != CONTROL)))
    sources = {source for source, label in chosen if label == BASELINE}
    labels = [label for source, label in chosen if source in sources and label not in (BASELINE, CONTROL)]
    if not labels:
        raise UserError('--examples shows a method beside a baseline, and there is no source with both; give the work '
                        f"dirs of both, that of the baseline with method = '{BASELINE}' in its config")
    method = 'advbn' if 'advbn' in labels else labels[0]
    found = {}  # target: {file: {(source, label): (miou, picture, truth, prediction)}}
    for key, run in chosen.items():
        if progress:
            progress(run.name)
        for cell, frames in predicted(run, device):
            for file, *values in frames:
                found.setdefault(cell.name, {}).setdefault(file, {})[key] = values
    hashes = {key: run.sha256 for key, run in chosen.items()}
    frames = [frame_of(target, *middle(candidates, sources), hashes) for target, candidates in found.items()]
    gains, losses = changes(found, sources, method, hashes)
    palette = cell.dataset.metainfo.get('palette') or default_palette(len(cell.classes))
    return Examples(cell.classes, [list(map(int, colour)) for colour in palette], method, frames, gains, losses)


def predicted(run, device):
    """Yield (cell, frames) with what `KeptMaps` keeps of each target's candidates."""
    cells = domain_cells(run)
    for cell in cells:
        cell.dataset = evenly_spaced(open_dataset(run.cfg, cell.name, cell.config), CANDIDATES)
    cfg = run.config(run.branch)
    runner = load_model(cfg, run.checkpoint, device=device)
    for cell, batches in zip(cells, batches_by_cell([cell.dataset for cell in cells], cfg.test_dataloader)):
        evaluator = Evaluator(KeptMaps(ignore_index(cfg)))
        yield cell, TestLoop(runner, batches, evaluator, fp16=uses_fp16(cfg)).run()['frames']
    runner.visualizer.close()


def middle(candidates, sources):
    """Return (file, predictions) of the example; of an even number the lower of both in the middle.

    Raises:
        UserError: No frame was predicted by the baselines of all sources.
    """
    common = [item for item in candidates.items() if all((source, BASELINE) in item[1] for source in sources)]
    if not common:
        raise UserError('--examples shows the same frames under the models of all sources, and the configs of these '
                        f'runs have them in different folders, one at {next(iter(candidates))}; give all runs one '
                        'data_root')
    ranked = sorted(common, key=lambda item: mean(
        item[1][source, BASELINE][0] or 0 for source in sorted(sources)))
    return ranked[(len(ranked) - 1) // 2]


def changes(found, sources, method, hashes):
    """Return (gains, losses) of a method over the baseline."""
    differences = []
    for target, candidates in found.items():
        for file, predictions in candidates.items():
            for source in sources - {target}:
                pair = {key: predictions.get(key) for key in ((source, BASELINE), (source, method))}
                if all(each and each[0] is not None for each in pair.values()):
                    before, after = (each[0] for each in pair.values())
                    differences.append((after - before, target, file, pair))
    differences.sort(key=lambda each: each[:3])
    gains = [each for each in differences[::-1][:CHANGES] if each[0] > 0]
    losses = [each for each in differences[:CHANGES] if each[0] < 0]
    return [[frame_of(target, file, pair, hashes) for _, target, file, pair in some] for some in (gains, losses)]


def frame_of(target, file, predictions, hashes):
    _, picture, truth, _ = next(iter(predictions.values()))
    return Frame(target, Path(file).name, picture, packed('.png', truth), [
        Prediction(source, label, hashes[source, label], miou or 0., packed('.png', classes))
        for (source, label), (miou, *_, classes) in predictions.items()])


def small(picture):
    """Return a map, (H, W), in a size that is at most `WIDTH` wide."""
    height, width = picture.shape[:2]
    if width <= WIDTH:
        return picture
    return cv2.resize(picture, (WIDTH, round(height * WIDTH / width)), interpolation=cv2.INTER_NEAREST)


def packed(suffix, picture):
    return base64.b64encode(cv2.imencode(suffix, picture)[1]).decode()
