"""A desktop without a screen (Xvfb), for x11grab."""

from support.process import Process


class Display(Process):
    """`display` is what DISPLAY and x11grab want, such as ":7"."""

    def __init__(self, tmp, size="320x240"):
        super().__init__(["Xvfb", "-displayfd", "1", "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
                         tmp, name="xvfb")
        number = self.wait_until(lambda: next(filter(str.isdigit, self.output().splitlines()), None), "no display")
        self.display = f":{number}"
