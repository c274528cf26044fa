"""Whoever is killed, stopped or starved: no torn frame, no wait without end, nothing left behind, and the others go on."""

import secrets

import pytest

from fault.inject import run


def test_faults(tmp_path):
    print(run(tmp_path, seed=4, injections=60).text())


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("memory", ["posix", "sealed"])
def test_faults_for_long(tmp_path, memory):
    print(run(tmp_path, secrets.randbits(32), injections=1200, memory=memory).text())
