"""Every door by which a checkpoint comes in, as a function of a `Lab`."""


def start(tool):
    return lambda lab: lab.start(tool)


def load_from(lab):
    return lab.start('train', '--cfg-options', f'load_from={lab.checkpoint}')


def resume(lab):
    lab.out.mkdir()
    (lab.out / 'last_checkpoint').write_text(str(lab.checkpoint))
    return lab.start('train', '--resume')


def init_cfg_of(part):
    def door(lab):
        return lab.start('train', '--cfg-options', f'{part}.init_cfg.type=Pretrained',
                         f'{part}.init_cfg.checkpoint={lab.checkpoint}')
    return door


DOORS = {'load_from': load_from, 'resume': resume, 'init_cfg': init_cfg_of('model'),
         'init_cfg of the backbone': init_cfg_of('model.backbone'), 'test': start('test'),
         'matrix': start('cross_domain_matrix'), 'export': start('export_checkpoint'),
         'convert': start('convert_checkpoint')}
