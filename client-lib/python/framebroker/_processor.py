"""processor(): what a program that the broker runs was assigned."""
from ._broker import not_in_this_version


def processor():
    """Inside a processor's command: the streams that the broker assigned to it."""
    raise not_in_this_version("processor()")
