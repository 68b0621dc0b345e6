"""mmengine's inferencers (0.10), which run the config that a checkpoint holds where they are given none."""
from functools import wraps

from mmengine.infer import BaseInferencer

from ...errors import UserError


def refuse_configs_of_checkpoints():
    """Have inferencers ask for a config in the place of running the text in a checkpoint as Python."""
    init_model = BaseInferencer._init_model

    @wraps(init_model)
    def refusing(self, cfg, weights, *args, **kwargs):
        if not cfg:
            raise UserError(f'no config was given for {weights}, and the one inside is Python code, which is not run: '
                            'give the name or the file of its config as model')
        return init_model(self, cfg, weights, *args, **kwargs)

    BaseInferencer._init_model = refusing
