"""The one error for what a user can mend."""


class UserError(ValueError):
    """A mistake of the user: the message is one sentence that names it, what was expected and what to do.

    Tools print this sentence in the place of a traceback.
    """
