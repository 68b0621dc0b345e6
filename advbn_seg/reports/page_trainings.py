"""The trainings behind a page: curves, machine, time and settings, as far as their folders have them."""
from pathlib import Path

from ..evaluation.fingerprint import holds
from ..evaluation.titles import title_of
from ..evaluation.training_log import RECORD, read_record, training_curves


def page_trainings(results):
    """Return a dict for each training that has a row: its names, `facts` [[name, value], ...] and `curves`.

    What a folder says is left out where its checkpoint is another one than the row's: it has been trained again.
    """
    found = []
    for row in {row.place: row for row in results.rows}.values():
        folder = Path(row.place)
        folder = folder if folder.is_dir() else folder.parent
        known = holds(folder, Path(row.checkpoint).name, row.sha256)
        found.append(dict(source=row.source, method=row.method, title=title_of(row.method, results.rows),
                          seed=row.seed, place=row.place, curves=training_curves(folder) if known else {},
                          facts=[[f'{Path(row.checkpoint).name}, SHA-256', row.sha256[:12]],
                                 *(facts(read_record(folder / RECORD)) if known else [])]))
    return found


def facts(record):
    """Return [[name, value], ...] of a `run.json`; what it lacks is left out."""
    host = record.get('host') if isinstance(record.get('host'), dict) else {}
    cpu = ', '.join(str(host[key]) for key in ('cpu', 'machine') if host.get(key))
    lists = [each if isinstance(each, list) else [] for each in (host.get('features'), record.get('options'))]
    instructions, options = (' '.join(map(str, each)) for each in lists)
    seconds = record.get('seconds')
    found = {'diverged': record.get('diverged'),
             'processor': host.get('gpu') or cpu, 'instructions': '' if host.get('gpu') else instructions,
             'torch': record.get('torch'), 'options': options,
             'minutes': f'{seconds / 60:.1f}' if isinstance(seconds, (int, float)) else ''}
    return [[name, str(value)] for name, value in found.items() if value]
