"""What a user can put right: its message is one sentence that says where and how."""


class EvaluationError(ValueError):
    """A run, a domain or a matrix that cannot be evaluated as it is."""
