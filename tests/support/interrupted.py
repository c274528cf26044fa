"""What a signal handler raises in the middle of a call."""


class Interrupted(Exception):
    pass
