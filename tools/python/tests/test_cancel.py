"""Runs that are left before their end, against the mock server."""

import signal
import threading
import time

import pytest
from small import batch, small_image

import synapus


def test_cancel_by_interrupt_leaves_the_session_usable(chip, server):
    # In the background shells ignore SIGINT for their children.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    server.run_seconds = 30
    stream = chip.stream(batch(4), 14)
    iterator = iter(stream)

    def interrupt():
        import _thread

        time.sleep(0.2)
        _thread.interrupt_main()

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        next(iterator)
    signal.signal(signal.SIGINT, before)
    assert server.seen["cancel"] == 1 and not server.delivery.runs
    server.run_seconds = 0
    assert len(chip.run(batch(2), 14)) == 2


def test_leaving_a_stream_cancels_it(chip, server, tmp_path):
    stream = iter(chip.stream(batch(40), 14, credit=1))
    next(stream)
    stream.close()
    assert server.seen["cancel"] == 1
    assert len(chip.run(batch(2), 14)) == 2


def test_stream_left_behind_by_its_chip_is_no_error(server, quick):
    chip = synapus.connect(server.endpoint)
    chip.load(small_image())
    stream = iter(chip.stream(batch(40), 14, credit=1))
    next(stream)
    chip.close()
    stream.close()


def test_cancel_from_another_thread(chip, server):
    server.run_seconds = 30
    threading.Timer(0.2, chip.cancel).start()
    with pytest.raises(synapus.Cancelled):
        chip.run(batch(2), 14)
