"""torch's DataLoader, as mmengine builds it."""


def replace_batch_sampler(loader, batches):
    """Have a loader that nobody has iterated over yet load other batches; a DataLoader does not let it be set."""
    vars(loader)['batch_sampler'] = batches
