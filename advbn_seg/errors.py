"""The error for what a user can mend, and the one kind of it that other programs tell apart."""


class UserError(ValueError):
    """A mistake of the user: the message is one sentence that names it, what was expected and what to do.

    Tools print this sentence in the place of a traceback, and end with the exit code.
    """
    exit_code = 2


class Diverged(UserError):
    """The loss or a parameter of a training became infinite or NaN: it has ended, and would end so again."""
    exit_code = 3
