"""Runs a module until the process that started it is gone. Its arguments are the module and that process."""

import runpy
import sys

from scripts.dev.parent import end_with

if __name__ == "__main__":
    end_with(int(sys.argv.pop()))
    runpy.run_module(sys.argv.pop(), run_name="__main__")
