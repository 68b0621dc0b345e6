"""What the commands of evaluation share: the ranks, progress, and the way from runs or JSON to a report."""
from pathlib import Path

from mmengine.dist import init_dist, is_main_process
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ..errors import UserError
from ..evaluation import kept_records, measure, open_runs
from ..evaluation.consistency import check_same_data, stamped_cells
from ..evaluation.engine import ignore
from ..evaluation.results import DIVERGED
from ..runtime.command_line import check_launcher
from ..runtime.process_group import start_cpu_ranks
from ..runtime.run_lock import one_writer
from .escape import one_line, terminal

OF_MEASURING = ('domains', 'norm_branch', 'cfg_options', 'batch_size', 'num_workers', 'device')
COLUMNS = (BarColumn(12), MofNCompleteColumn(), TextColumn('images'), TimeRemainingColumn(),
           TextColumn('{task.description}', markup=False))


def wide_console():
    """Return a console that in a log, where there is no terminal, has room for ten targets."""
    console = Console()
    if not console.is_terminal:
        console.width = 160
    return console


def evaluate(args, task, report, everything=False, more=None, check=ignore, change=ignore):
    """Do what the flags of an evaluation ask: measure, write files, show tables.

    Args:
        args (Namespace): of `commands.arguments.evaluation`; `domains` may be a list of dicts.
        task (Task): what is measured.
        report (callable): (results, folder) -> `Report`.
        everything (bool): whether the terminal shows all tables.
        more (callable, optional): called with (runs, folder, progress) when all is measured.
        check (callable, optional): called with the runs and the rows that there are, before anything is measured.
        change (callable, optional): called with the results of each `--from-json` file, which it may change.

    Raises:
        UserError: There are no rows, a run or a file of rows cannot be read, or another process writes there.
    """
    if args.from_json and any(getattr(args, name) not in (None, []) for name in OF_MEASURING):
        flags = ', '.join(f'--{name.replace("_", "-")}' for name in OF_MEASURING)
        raise UserError(f'--from-json FILE shows rows as they were measured: leave out sets of images, {flags}; or '
                        'give RUN to measure')
    first = args.from_json and args.from_json[0]
    if first and not args.out and first.name != task.results.file and first.exists():
        raise UserError(f'the rows of {first} would go into the {task.results.file} beside it: give '
                        '--out FOLDER')
    console = wide_console()
    out = args.out or (first.parent if first else args.default_out)
    path = out / task.results.file
    if args.from_json:
        with one_writer(out, out.is_dir(), '--out'):  # nobody writes into a folder that is not there
            had, anew = rows_of(path, task), not path.exists()
            results = gathered(args.from_json, path, task, change)
            tell_replaced(had, results, path, console)
            shown, files = written(results, path, report, console, anew)
            results.save(path)
    else:
        start_ranks(args.launcher)
        console.quiet = not is_main_process()
        had, anew = rows_of(path, task), not path.exists()
        results = measured(args, path, task, console, more, lambda runs: check([*runs, *had]))
        tell_replaced(had, results, path, console)
        if not is_main_process():
            return
        shown, files = written(results, path, report, console, anew)
    shown.show(console, everything)
    console.print(terminal(f'Written to {out}: {", ".join(file.name for file in [path, *files])}'), soft_wrap=True)
    tell_lost(results, console)
    console.print(terminal(f'Open {files[-1]} in a browser to sort, to filter and to look into it.'), soft_wrap=True)


def written(results, path, report, console, anew):
    """Return the report of results, and the files of it that now lie beside `path`; older ones are removed.

    Where `path` is made anew, such files are of somebody else.

    Raises:
        UserError: There are no numbers.
    """
    if not any(row.cells for row in results.rows):
        raise UserError(f'{path} has no numbers to show; give runs to measure')
    shown = report(results, path.parent)
    files = shown.write(path.parent)
    if not anew and (older := shown.remove_older(path.parent, files)):
        console.print(terminal(f'Removed from {path.parent}, as they were of other rows: {", ".join(older)}'))
    return shown, files


def rows_of(path, task):
    """Return the rows that a file of results has; none where there is no file."""
    return task.results.load(path).rows if path.exists() else []


def tell_replaced(had, results, path, console):
    """Name the places whose rows had other weights; these may be of another project that has the same paths."""
    before, now = ({(row.place, row.sha256) for row in rows} for rows in (had, results.rows))
    if replaced := {place for place, _ in before - now} & {place for place, _ in now}:
        console.print(terminal(f'Replaced in {path}, as the weights are others: {", ".join(sorted(replaced))}'))


def tell_lost(results, console):
    """Say how many trainings are not found, as their places are relative to the folder where they were scored."""
    places = dict.fromkeys(row.place for row in results.rows)
    if lost := [place for place in places if not Path(place).exists()]:
        console.print(terminal(f'Not found from here: {len(lost)} of {len(places)} trainings, such as {lost[0]}; their '
                               'curves, machines and times are left out.'), soft_wrap=True)


def gathered(files, path, task, change):
    """Return the rows of several JSON files, after those that `path` has already; what lies beside goes along.

    Raises:
        UserError: Two of the files have different trainings at the same place, or rows have different frames by the
            same name.
    """
    loaded, given, places = [task.results.load(file) for file in files], {}, []
    for each in loaded:
        change(each)
    check_same_data([cell for file, each in zip(files, loaded) for cell in stamped_cells(each, f' in {file}')], path)
    results = task.results.load(path) if path.exists() else loaded[0]
    for file, other in zip(files, loaded):
        results.check_fits(other, file, path)
        for row in other.rows:
            first, sha256 = given.setdefault(row.place, (file, row.sha256))
            if sha256 != row.sha256 and first != file:
                raise UserError(f'{first} and {file}: each has a training {row.place}, and they are not the same; '
                                'move the work dir of one, and score it there')
            results.put(row)
            places.append((file.parent, row))
    check_same_data(stamped_cells(results), path)
    for folder, row in places:
        task.carry(folder, row, path.parent)
        kept_records.carry(folder, row, path.parent)
    return results


def start_ranks(launcher):
    check_launcher(launcher)
    if launcher != 'none' and not start_cpu_ranks(launcher):
        init_dist(launcher)


def cfg_options(args):
    """Return `--cfg-options`, with those flags among them that stand for a key of the config."""
    flags = {f'test_dataloader.{name}': getattr(args, name) for name in ('batch_size', 'num_workers')}
    return {**(args.cfg_options or {}), **{key: value for key, value in flags.items() if value is not None}}


def measured(args, path, task, console, more, check):
    """Return the results of the runs, having done what else there is to do with them."""
    room = max(20, console.width - 42)  # what the other columns leave; the end of a path tells more than its begin

    def show(total, text, images):
        text = one_line(text)
        short = text if len(text) <= room else f'…{text[1 - room:]}'
        bar.update(progress, total=total, description=short, advance=images)
        if bar.disable and not images:
            console.print(terminal(f'measuring {text}'))

    with Progress(*COLUMNS, console=console, transient=True, disable=not console.is_terminal) as bar:
        progress = bar.add_task('reading runs', total=None)
        runs = open_runs(args.runs, args.norm_branch or [args.default_branch], cfg_options(args), args.domains,
                         task.has_diverged_rows)
        check(runs)
        bar.update(progress, description='checking data')
        results = measure(task, runs, path, args.device, show)
        if more:
            scored = [run for run in runs if run.branch != DIVERGED]
            more(scored, path.parent, lambda name: show(None, f'examples of {name}', 0))
        return results
