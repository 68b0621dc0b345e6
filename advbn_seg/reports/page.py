"""The report as one page: an HTML file with its data, style and script inside, which asks the network for nothing."""
import os
import platform
import shlex
import sys
from pathlib import Path

from jinja2 import Environment, PackageLoader

from ..runtime.atomic_io import write_text
from .page_divergence import page_divergence

FILE = 'report.html'


def write_page(folder, content):
    """Write report.html, and name in it the command and the machine that made the page.

    Args:
        folder (str | Path): of the file.
        content (dict): from `matrix_page` or `robustness_page`; JSON can hold it.

    Returns:
        Path: of the file.
    """
    path = Path(folder) / FILE
    write_text(path, page({**content, 'about': [*content['about'], *made_by()]}, page_divergence(folder)))
    return path


def page(content, divergence=()):
    """Return the page as text. Whatever names `content` has, they stay text: `tojson` escapes <, >, & and U+2028."""
    environment = Environment(loader=PackageLoader('advbn_seg.reports', 'assets'), autoescape=True)
    environment.policies['json.dumps_kwargs'] = {'allow_nan': False, 'separators': (',', ':')}
    return environment.get_template('report.html').render(content=content, divergence=divergence)


def made_by():
    """Return [[name, value], ...] of this process."""
    command = shlex.join(sys.argv)
    machine = f'{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}'
    return [['Page made by', command], ['Page made on', machine]]
