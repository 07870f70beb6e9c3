"""Runs one target under atheris: `python fuzz/run.py token [libFuzzer's options and folders]`."""

import importlib
import sys

import atheris

# What text is compared with is tried as input.
atheris.enabled_hooks.add("str")
# What is imported in here tells the fuzzer which way an input took.
with atheris.instrument_imports():
    target = importlib.import_module(f"fuzz_{sys.argv[1]}")

atheris.Setup([sys.argv[0], *sys.argv[2:]], target.one_input)
atheris.Fuzz()
