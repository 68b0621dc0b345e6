"""Calling something else in the place of a module's forward, for a while."""
from contextlib import contextmanager


@contextmanager
def overridden(module, forward):
    """Within this context the module runs `forward` instead of its own."""
    own = module.__dict__.get('forward')
    module.forward = forward
    try:
        yield
    finally:
        if own is None:
            del module.forward
        else:
            module.forward = own
