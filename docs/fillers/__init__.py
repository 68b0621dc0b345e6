"""What the marks in the pages may name: functions that return numbers of results/ as text."""
from .benchmarks import matrix_cost, steps, strengths, value, zoo
from .computing import computing, recorded, validation
from .gains import gain, gain_on, gains, headline, interval, overview, ranks
from .means import cell, demo, means, robustness, table_3
from .recipe import candidates, choices

FILLERS = {each.__name__: each for each in (
    gain, gain_on, interval, gains, headline, overview, ranks, means, cell, table_3, robustness, demo, candidates,
    choices, computing, recorded, validation, steps, strengths, matrix_cost, value, zoo)}
