"""Nothing grows, however long things come and go."""

import pytest

from fault import churn


def test_growth_is_noticed():
    waver = [{"core KiB": 8000 + i % 7 * 100, "core fds": 80 + i % 2} for i in range(60)]
    assert churn.judge(waver) == []
    assert churn.judge([{**one, "core KiB": one["core KiB"] + (i > 30) * 900} for i, one in enumerate(waver)]) == []
    leak = [{"core KiB": one["core KiB"], "core fds": one["core fds"] + i // 10} for i, one in enumerate(waver)]
    assert ["core fds" in one for one in churn.judge(leak)] == [True]
    assert churn.judge([{**one, "core KiB": one["core KiB"] + 20 * i} for i, one in enumerate(waver)])


def test_it_comes_and_goes(tmp_path):
    churn.run(tmp_path, minutes=0.1)


@pytest.mark.soak
@pytest.mark.timeout(10 * 3600)
def test_nothing_grows(tmp_path, request):
    assert churn.run(tmp_path, minutes=request.config.getoption("--soak-minutes")) == []
