"""A small SYNTHIA with a config and a RUN, and the tools to be started on them: what tests do harm to."""
import contextlib
import copy
import io
import os
import resource
import runpy
import sys
import traceback
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from mmengine.registry import MODELS, init_default_scope

from advbn_seg.datasets.layout import image_folder, label_folder
from advbn_seg.datasets.splits import write_splits

from . import tiny
from .datasets.synthia_files import write_frame

ROOT = Path(__file__).parents[1]
SIZE = (32, 48)


class Lab:
    """Two small SYNTHIA domains, a config that trains on one of them, and a RUN of it; all is well at first."""

    def __init__(self, folder):
        self.folder, self.env, self.kept_open, self.largest_file = folder, {}, [], None
        self.config, self.run, self.out, self.page = (folder / name for name in ('config.py', 'run', 'out', 'page.zip'))
        self.root, self.matrix = folder / 'synthia', self.out / 'matrix.json'
        for name in ('SYNTHIA-SEQS-01-DAWN', 'SYNTHIA-SEQS-01-FOG'):
            for index in range(3):
                write_frame(self.root / name, f'{index:06d}', np.arange(12).repeat(128).reshape(SIZE) + 1)
        write_splits(self.root, 2, 1)
        self.train_list = self.root / 'splits/highway_dawn_train.txt'
        self.train_list.write_text('000000\n000001\n')
        self.image, self.label = (place(self.root / 'SYNTHIA-SEQS-01-DAWN') / '000000.png'
                                  for place in (image_folder, label_folder))
        cfg = self._settings()
        self.run.mkdir()
        for file in (self.config, self.run / 'config.py'):
            file.write_text(''.join(f'{key} = {value!r}\n' for key, value in cfg.to_dict().items()))
        init_default_scope('mmseg')
        self.state = MODELS.build(copy.deepcopy(cfg.model)).state_dict()
        self.checkpoint = self.run / 'epoch_1.pth'
        self.save(self.state)
        (self.run / 'last_checkpoint').write_text(str(self.checkpoint))

    def _settings(self):
        model = tiny.segmentor()
        for head in ('decode_head', 'auxiliary_head'):
            model[head]['num_classes'] = 13
        hook = dict(type='advbn_seg.hooks.AdvBNHook', num_steps=1, layer='backbone.layer1')
        pipeline = [dict(type='LoadImageFromFile'), dict(type='LoadSynthiaLabels'), dict(type='PackSegInputs')]
        cfg = tiny.config(self.out, model, epochs=1, hooks=[hook],
                          custom_imports=dict(imports=['advbn_seg.datasets', 'advbn_seg.hooks']),
                          domains=[dict(name=f'highway/{condition}', dataset=dict(condition=condition))
                                   for condition in ('dawn', 'fog')])
        for part, split in (('train', 'train'), ('val', 'val'), ('test', 'val')):
            cfg[f'{part}_dataloader'].dataset = dict(type='SynthiaSequences', data_root=str(self.root), split=split,
                                                     scene='highway', condition='dawn', pipeline=pipeline)
        return cfg

    def save(self, state):
        torch.save(dict(state_dict=state, meta={}), self.checkpoint)

    def arguments(self, tool):
        return {'train': [self.config, '--work-dir', self.out],
                'test': [self.config, self.checkpoint, '--work-dir', self.out],
                'cross_domain_matrix': [self.run, '--out', self.out, '--device', 'cpu'],
                'export_checkpoint': [self.checkpoint, self.out],
                'convert_checkpoint': [self.checkpoint, self.out, '--config', ROOT / 'configs/imagenet/resnet50.py'],
                'prepare_synthia': ['--out', self.out, '--train', 2, '--val', 1]}[tool]

    def start(self, tool, *arguments):
        """Runs a tool in this process as its user would; returns its exit status and what it wrote to stderr."""
        out, err, status = io.StringIO(), io.StringIO(), 0
        command = [str(ROOT / f'tools/{tool}.py'), *map(str, [*self.arguments(tool), *arguments])]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), self._machine(), \
                mock.patch.object(sys, 'argv', command):
            try:
                runpy.run_path(command[0], run_name='__main__')
            except SystemExit as leave:
                status = leave.code
            except Exception:
                traceback.print_exc()
                status = 1
        return status, err.getvalue()

    @contextlib.contextmanager
    def _machine(self):
        before, limits = Path.cwd(), resource.getrlimit(resource.RLIMIT_FSIZE)
        os.chdir(self.folder)
        if self.largest_file:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.largest_file, limits[1]))
        try:
            with mock.patch.dict(os.environ, self.env):
                yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            os.chdir(before)

    def files(self):
        """All but the logs, and the config that mmengine dumps beside them."""
        return {file: file.stat().st_size for file in self.folder.rglob('*')
                if file.is_file() and 'vis_data' not in file.parts and file.suffix not in ('.log', '.py')}
