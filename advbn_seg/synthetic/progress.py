"""A bar on the terminal."""
from contextlib import contextmanager

from rich.progress import Progress


@contextmanager
def progress_bar(text):
    """Show a bar within this context, and give the function (done, total) that moves it."""
    with Progress() as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
