"""20 Instagram filters, after ImageNet-Instagram (https://arxiv.org/abs/1912.13000), by the package `pilgram2`."""
from functools import partial

from ..errors import UserError

# Those of Instagram's first years that the package has. It lacks Apollo and Gotham; Mayfair and Willow stand in.
FILTERS = ('1977', 'amaro', 'brannan', 'earlybird', 'hefe', 'hudson', 'inkwell', 'kelvin', 'lofi', 'mayfair',
           'nashville', 'poprocket', 'rise', 'sierra', 'sutro', 'toaster', 'valencia', 'walden', 'willow', 'xpro2')


def apply_filter(image, seed, name):
    """Return the filtered image, RGB; nothing in a filter is random.

    Raises:
        UserError: without the package.
    """
    return getattr(library(), f'_{name}' if name[0].isdigit() else name)(image).convert('RGB')


def library():
    try:
        import pilgram2
    except ImportError as error:
        raise UserError('the filters come in a package that is not installed; run: '
                        'pip install pilgram2') from error
    return pilgram2


def filter_changes(names=FILTERS):
    """Return the changes for `make_variants`, in the layout of ImageNet-Instagram: one folder per filter."""
    library()
    return {name: partial(apply_filter, name=name) for name in names}
