"""Functions that work on arrays let other threads run, and many may run at once."""

import sys
import threading
import time

import numpy as np
import pytest

import luqsim

X = np.ones((1 << 11, 1 << 12), np.float32)
CODES = luqsim.luq_quantize(X[:512].reshape(1024, 2048))
WEIGHTS = luqsim.sawb_quantize(X[:512].reshape(1024, 2048))
LEVELS = np.zeros(X.shape, np.int8)
SUMS = np.zeros(X.shape, np.int32)
SCALE = luqsim.luq_scale(1.0)

CALLS = {
    "max_abs": lambda: luqsim.max_abs(X),
    "luq_quantize": lambda: luqsim.luq_quantize(X),
    "luq_levels": lambda: luqsim.luq_levels(X, SCALE),
    "sawb_quantize": lambda: luqsim.sawb_quantize(X),
    "pack_levels": lambda: luqsim.pack_levels(LEVELS, "int4"),
    "decode_values": lambda: luqsim.decode_values(CODES),
    "dequantize": lambda: luqsim.dequantize(CODES),
    "random_lanes": lambda: luqsim.random_lanes(1 << 23),
    "gemm": lambda: luqsim.gemm(WEIGHTS, CODES, transpose_b=True),
    "scale_output": lambda: luqsim.scale_output(SUMS, 1.0),
}


@pytest.fixture
def no_switching():
    """The interpreter takes the GIL from nobody: another thread runs only where one gives it away."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    yield
    sys.setswitchinterval(interval)


class Worker:
    """Calls until somebody sees it inside a call."""

    def __init__(self, call):
        self.call, self.inside, self.seen = call, False, False

    def run(self, until):
        while not self.seen and time.monotonic() < until:
            self.inside = True
            self.call()
            self.inside = False
            time.sleep(0)  # gives the GIL away outside of the call


def observed_inside(call, seconds):
    """Whether this thread ever ran while another one was in `call`."""
    worker = Worker(call)
    until = time.monotonic() + seconds
    thread = threading.Thread(target=worker.run, args=(until,))
    thread.start()
    while thread.is_alive() and not worker.seen:
        worker.seen = worker.inside
        time.sleep(0.00005)
    thread.join()
    return worker.seen


@pytest.mark.parametrize("name", CALLS)
def test_the_gil_is_released(name, no_switching):
    assert observed_inside(CALLS[name], 20)


def test_the_observer_sees_who_holds_it(no_switching):
    # The same measurement on work that holds the GIL.
    assert not observed_inside(lambda: sum(range(100000)), 0.5)


def test_concurrent_calls_agree():
    random = np.random.default_rng(1)
    x = random.standard_normal((256, 257)).astype(np.float32)
    wanted = [luqsim.luq_quantize(x, seed=s).codes.tobytes() for s in range(4)]
    errors = []

    def work(seed):
        for _ in range(20):
            if luqsim.luq_quantize(x, seed=seed).codes.tobytes() != wanted[seed]:
                errors.append(seed)
            try:
                luqsim.luq_quantize(x, random_bits=99)
                errors.append("no error")
            except ValueError:
                pass

    threads = [threading.Thread(target=work, args=(s,)) for s in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
