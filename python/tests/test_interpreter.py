"""Life beside the interpreter: threads, signals, forks, progress, the program."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from conftest import MAPS, SCENE

import kinecho

LONG = {**SCENE, "scene": {**SCENE["scene"], "duration_s": 60.0}}


def python(code, **more):
    """Runs code in a fresh interpreter of this environment, beside the tests' own scenes."""
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], cwd=os.path.dirname(__file__), text=True, **more)


def test_other_threads_go_on():
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.005)

    thread = threading.Thread(target=tick)
    thread.start()
    kinecho.simulate(SCENE)
    done.set()
    thread.join()
    assert len(ticks) > 10 and np.diff(ticks).max() < 0.5


def test_ctrl_c():
    code = """
        import kinecho
        from test_interpreter import LONG
        print("begun", flush=True)
        try:
            kinecho.simulate(LONG, progress=lambda task, done, total, message: print("frame", flush=True) if done else None)
        except KeyboardInterrupt:
            print("stopped", flush=True)
            # And it computes again.
            print(kinecho.simulate(LONG, {"scene.duration_s": 0.2}).radar.shape[0] > 0, flush=True)
    """
    child = python(code, stdout=subprocess.PIPE)
    assert child.stdout.readline() == "begun\n" and child.stdout.readline() == "frame\n"
    since = time.monotonic()
    child.send_signal(signal.SIGINT)
    rest = [line for line in child.stdout.read().split() if line != "frame"]
    assert rest == ["stopped", "True"] and child.wait() == 0
    assert time.monotonic() - since < 20


def test_an_error_in_the_progress_stops_the_work():
    def progress(task, done, total, message):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        kinecho.simulate(LONG, progress=progress)


def test_progress_is_told():
    told = []
    kinecho.simulate(SCENE, progress=lambda *news: told.append(news))
    task, done, total, _ = [news for news in told if news[0] == "simulating frames"][-1]
    assert done <= total and total > 0
    assert all(len(news) == 4 for news in told)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_after_threads_computes(simulation):
    """A child has none of its parent's threads; it makes its own."""
    expected = kinecho.chain(simulation.radar, MAPS)["time_range"].data
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if np.array_equal(kinecho.chain(simulation.radar, MAPS)["time_range"].data, expected) else 2
        finally:
            os._exit(code)
    for _ in range(600):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        time.sleep(0.1)
    else:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        pytest.fail("the child waits for ever")
    assert os.waitstatus_to_exitcode(status) == 0


def test_threads_change_no_number():
    change = {"scene.duration_s": 0.2}
    kinecho.set_threads(1)
    one = kinecho.simulate(SCENE, change).radar.data
    kinecho.set_threads(0)
    assert np.array_equal(one, kinecho.simulate(SCENE, change).radar.data)
    with pytest.raises(kinecho.Error, match="expected 0"):
        kinecho.set_threads(4096)


def test_the_program():
    run = lambda *args, **more: subprocess.run([sys.executable, "-m", "kinecho", *args], capture_output=True, text=True, **more)
    assert run("--version").stdout.startswith("kinecho ")
    assert run("simulate").returncode == 2
    assert run("simulate", "nowhere.yaml").returncode == 1
    assert "squat" in run("describe", "squat").stdout.lower()


def test_files_come_along(tmp_path):
    """Nothing of a checkout is needed: a shipped scene is found by its name from anywhere."""
    done = subprocess.run(
        [sys.executable, "-m", "kinecho", "--json", "simulate", "scenes/examples/room.yaml", "--dry-run"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    names = kinecho.shipped()
    assert {"scenes/examples/room.yaml", "scenes/recipes/tiny.yaml", "scenes/motions/arms.yaml"} <= set(names)
    assert kinecho.shipped("scenes/recipes/tiny.yaml").is_file()
    with pytest.raises(kinecho.Error, match="no file `scenes/none.yaml` ships"):
        kinecho.shipped("scenes/none.yaml")


def test_every_public_thing_has_words():
    for name in kinecho.__all__:
        thing = getattr(kinecho, name)
        assert name == "__version__" or (thing.__doc__ or "").strip(), name
