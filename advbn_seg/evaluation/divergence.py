"""Feature divergence (Eq. 4 and 5, Figure 5): how far a domain's features are from those of the source, per block."""
import math
from collections import defaultdict
from dataclasses import dataclass, field
from statistics import fmean
from typing import Annotated, TypedDict

import torch
from mmengine.evaluator import Evaluator
from mmengine.runner import TestLoop

from ..errors import UserError
from ..network.blocks import watch_blocks
from ..network.feature_maps import maps_of
from ..perturbations.statistics import divergence
from ..runtime.hook_configs import has_auxiliary_norms, perturbed_layer
from .batches import batches_by_cell
from .channel_moments import ChannelMoments
from .classification.test_sets import PAPER_SETS, set_cells
from .engine import Cell, ignore
from .fingerprint import training_fingerprint, uses_fp16
from .loading import evenly_spaced, load_model, open_dataset
from .results import MAIN, Results, Row
from .runs import open_runs
from .schema import Count, Seed
from .segmentation.domains import domain_cells, source_domain

FLOOR = 1e-4  # of a layer's mean variance; see `feature_divergence`


class DivergenceCell(TypedDict):
    """Eq. 4 between the source and one target: a number for each of `FeatureDivergence.blocks`."""
    images: Count
    blocks: list[Annotated[float, (0, float('inf'))]]


@dataclass
class DivergenceRow(Row):
    """One training through one branch of its norms. `cells` maps a target to a `DivergenceCell`."""
    method: str
    source: str
    branch: str
    seed: Seed | None
    run: str
    sha256: str
    cells: dict[str, DivergenceCell] = field(default_factory=dict)
    title: str = ''
    training: str = ''

    @property
    def place(self):
        return self.run

    def mean(self, targets):
        """Return the mean over blocks and those of the targets that the row has; None where it has none."""
        found = [number for target in targets if target in self.cells for number in self.cells[target]['blocks']]
        return fmean(found) if found else None


@dataclass
class FeatureDivergence(Results):
    """What `measure_divergence` returns, as feature_divergence.json holds it.

    Args:
        after (str): path of the layer where AdvBN sits.
        blocks (list[str]): paths of the blocks that run after it, in their order.
        targets (list[str]): names of the domains.
        rows (list[DivergenceRow]): in any order; no row has a cell of its own source.
    """
    after: str
    blocks: list[str]
    targets: list[str]
    rows: list[DivergenceRow] = field(default_factory=list)

    file = 'feature_divergence.json'

    def check(self):
        super().check()
        for row in self.rows:
            for target, cell in row.cells.items():
                if target not in self.targets or len(cell['blocks']) != len(self.blocks):
                    raise UserError(f'row {row.run!r}, cell {target!r}: a target with {len(self.blocks)} numbers was '
                                    f'expected, found {len(cell["blocks"])}')


def feature_divergence(source, target):
    """Return Eq. 4 and 5 of two `ChannelMoments` of one layer, a float.

    Variances are at least 1e-4 of their mean over the channels of the layer, that of both sets taken together. A
    channel that a ReLU keeps at 0 on one set has none; it would make the divergence infinite. The floor is relative, as
    Eq. 5 does not change with the scale of a layer. It is inf or NaN where the features are.
    """
    together = (source.var + target.var) / 2 + ((source.mean - target.mean) / 2) ** 2
    floor = (FLOOR * together.mean()).clamp(min=torch.finfo(torch.float64).tiny)
    statistics = source.mean, source.var.clamp(min=floor), target.mean, target.var.clamp(min=floor)
    found = divergence(*statistics).item()
    return found if found > 0 or not math.isfinite(found) else 0.  # rounding may leave less than nothing of equal sets


def open_branches(paths, cfg_options=None, domains=None):
    """Return each run with its main norms, and then with its auxiliary ones where it has such; see `open_runs`."""
    runs = open_runs(paths, [MAIN], cfg_options, domains)
    if any(has_auxiliary_norms(run.cfg) for run in runs):
        order = [run.path for run in runs]
        runs = sorted(open_runs(paths, [MAIN, 'aux'], cfg_options, domains), key=lambda run: order.index(run.path))
    return runs


def measure_divergence(runs, targets=None, after=None, images=None, device=None, progress=ignore):
    """Measure how far the features of each target are from those of the source, block by block.

    The source is the run's own domain, or for a classifier the set 'imagenet'; where that is no target, the config's
    test set. Statistics are over all positions of all images, as those of the norms are that see them. The paper does
    not say whether it averages each image first.

    Args:
        runs (list[Run]): from `open_branches`.
        targets (list[str], optional): names of domains, or of groups of them ('nyc' of 'nyc/fog'); all if not given.
        after (str, optional): path of the layer after which blocks count; else that of the runs' AdvBN.
        images (int, optional): of each domain, evenly spaced; all if not given.
        device (str, optional): see `load_model`.
        progress (callable): called with a run before its model runs.

    Returns:
        FeatureDivergence

    Raises:
        UserError: A run or a target cannot be read, there is no target beside the source, a run does not say where
            AdvBN sits, their blocks differ, or features are not finite.
    """
    plans = [(run, *domains_of(run, targets, images)) for run in runs]
    found = None
    for run, source, cells in plans:
        progress(run)
        layer, moments = run_moments(run, cells, after, device)
        blocks = list(moments[source])
        if not blocks:
            raise UserError(f'{run.name} runs no block after {layer}: give an earlier layer with --after')
        found = found or FeatureDivergence(layer, blocks, [])
        row = DivergenceRow(run.method, source, run.branch, run.seed, run.name, run.sha256,
                            title=run.title, training=training_fingerprint(run.cfg))
        found.targets += [cell.name for cell in cells if cell.name not in found.targets]
        for cell in cells:
            if (found.after, found.blocks) != (layer, list(moments[cell.name])):
                raise UserError(f'{run.name} runs other blocks after {layer} on {cell.name} than {runs[0].name} after '
                                f'{found.after}: give runs of one model, and the place of all with --after')
            if cell.name != source:
                numbers = [feature_divergence(moments[source][block], moments[cell.name][block]) for block in blocks]
                for block, number in zip(blocks, numbers):
                    if not math.isfinite(number):
                        raise UserError(f'{run.name}: the features of {block} on {source} or {cell.name} hold inf or '
                                        'NaN: the training has diverged, or the data is damaged')
                row.cells[cell.name] = dict(images=len(cell.dataset), blocks=[round(number, 8) for number in numbers])
        if row.cells:  # not of a run whose source is the only target
            found.rows.append(row)
    if not found.rows:
        raise UserError(f'there is no target beside the source {source}: give another --target, or --domains')
    found.targets = [name for name in found.targets if any(name in row.cells for row in found.rows)]
    return found


def domains_of(run, targets, images):
    """Return (name of the source, cells with their datasets), the source's among them."""
    classifier = run.cfg.get('default_scope') == 'mmpretrain'
    source, cells = (PAPER_SETS[0].name, set_cells(run)) if classifier else (source_domain(run), domain_cells(run))
    others = {cell.name: cell for cell in cells}
    own = others.pop(source, None) or Cell(source, run.cfg.test_dataloader.dataset, run.branch)
    matches = {target: [name for name in others if f'{name}/'.startswith(f'{target}/')] for target in targets or others}
    for target, names in matches.items():
        if not names and target != source:
            raise UserError(f'{run.name} has no target {target!r} beside its source {source}: choose from '
                            f'{", ".join(others)}')
    wanted = {source}.union(*matches.values())
    found = [cell for cell in cells if cell.name in wanted]
    found = found if own in found else [own, *found]
    for cell in found:
        cell.dataset = open_dataset(run.cfg, cell.name, cell.config)
        if images:
            cell.dataset = evenly_spaced(cell.dataset, images)
    return source, found


def run_moments(run, cells, after, device):
    """Return (path of the layer, {name: {block: ChannelMoments}}) of all cells of a run."""
    cfg = run.config(run.branch)
    runner = load_model(cfg, run.checkpoint, device=device)
    layer = after or perturbed_layer(cfg, runner.model)
    if layer is None:
        raise UserError(f'{run.name}: its config does not say where AdvBN sits; name the layer with --after')
    moments = {}
    for cell, batches in zip(cells, batches_by_cell([cell.dataset for cell in cells], cfg.test_dataloader)):
        mine = moments[cell.name] = defaultdict(ChannelMoments)

        def see(block, output, mine=mine):
            maps, _ = maps_of(output)
            for index, feature in enumerate(maps):
                mine[block if len(maps) == 1 else f'{block}[{index}]'].add(feature)

        with watch_blocks(runner.model, layer, see):
            TestLoop(runner, batches, Evaluator([]), fp16=uses_fp16(cfg)).run()
    runner.visualizer.close()
    return layer, moments
