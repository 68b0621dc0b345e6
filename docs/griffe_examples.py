"""Docstrings as mkdocstrings reads them: its section of examples is in the plural, and code needs no double colon."""
import griffe


class Examples(griffe.Extension):
    """Changes the words before a docstring is parsed."""

    def on_instance(self, *, obj, **_):
        if obj.docstring:
            obj.docstring.value = obj.docstring.value.replace('Example:\n', 'Examples:\n').replace('::\n', ':\n')
