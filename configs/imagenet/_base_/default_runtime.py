_base_ = '../../_base_/default_runtime.py'
default_scope = 'mmpretrain'
custom_imports = dict(imports=['advbn_seg.hooks'], allow_failed_imports=False)
visualizer = dict(type='UniversalVisualizer')
default_hooks = dict(
    logger=dict(interval=100),
    visualization=dict(type='VisualizationHook', enable=False))
