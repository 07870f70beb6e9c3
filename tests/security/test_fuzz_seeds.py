"""The targets of the fuzzer hold for their own seeds: what atheris begins with is judged in every run of the tests."""

import importlib.util
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[2] / "fuzz"
TARGETS = sorted(path.stem.removeprefix("fuzz_") for path in FUZZ.glob("fuzz_*.py"))
SEEDS = sorted((FUZZ / "seeds").glob("*/*"))


def _load(target):
    """The function that atheris calls, without atheris."""
    spec = importlib.util.spec_from_file_location(f"fuzz.{target}", FUZZ / f"fuzz_{target}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.one_input


def test_every_target_has_seeds():
    """Without documents to begin with, a fuzzer learns the syntax first, which takes it hours."""
    assert TARGETS
    assert {seed.parent.name for seed in SEEDS} == set(TARGETS)


@pytest.mark.parametrize("target", TARGETS)
def test_seeds(target):
    """Whole, cut short, longer, or with another byte in front: no seed makes a parser fail or say too much."""
    one_input = _load(target)
    one_input(b"")
    for seed in SEEDS:
        if seed.parent.name == target:
            data = seed.read_bytes()
            for each in (data, data[:-1], data[1:], data + data, b"\xff" + data, data.swapcase()):
                one_input(each)


@pytest.mark.parametrize("target", TARGETS)
def test_seeds_of_others(target):
    """What was meant for another parser is as foreign as anything."""
    one_input = _load(target)
    for seed in SEEDS:
        one_input(seed.read_bytes())
