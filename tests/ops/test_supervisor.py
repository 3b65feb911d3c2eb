import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from ministry.ops import processes
from ministry.ops.fault import Fault
from ministry.ops.supervisor import MOST_DEATHS, Program, Supervisor
from tests.ops.conftest import ROOT

# Says who it is, then lives until it is told to end.
PATIENT = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(60)"


def python(code):
    return [sys.executable, "-c", code]


def supervise(programs, tmp_path, tick):
    Supervisor(programs, env=dict(os.environ), cwd=tmp_path, first_pause=0.01).run(tick=tick)


class Ticks:
    """Take a step at each look of the supervisor, the next one once it is true; end it after the last."""

    def __init__(self, capsys, *steps):
        self.capsys, self.steps, self.said = capsys, list(steps), ""
        self.deadline = time.monotonic() + 30

    def __call__(self):
        self.said += self.capsys.readouterr().out
        assert time.monotonic() < self.deadline, self.said
        if not self.steps:
            os.kill(os.getpid(), signal.SIGTERM)
        elif self.steps[0](self.pids()):
            self.steps.pop(0)

    def pids(self):
        return [int(line.split()[-1]) for line in self.said.splitlines() if " pid " in line]


def kill_first(pids):
    if pids:
        os.kill(pids[0], signal.SIGKILL)
    return bool(pids)


def kill_parent_of_first(pids):
    """Kill the process that started the first one which spoke, as the kernel does when memory runs out."""
    if pids:
        command = ["ps", "-o", "ppid=", "-p", str(pids[0])]
        os.kill(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout), signal.SIGKILL)
    return bool(pids)


@pytest.mark.processes
class TestSupervisor:
    def test_starts_again_what_was_killed(self, tmp_path, capsys):
        tick = Ticks(capsys, kill_first, lambda pids: len(pids) == 2)
        supervise([Program("worker", python(PATIENT))], tmp_path, tick)
        first, second = tick.pids()
        assert first != second
        assert "worker | ended with signal SIGKILL; started again in 0.0 s" in tick.said
        assert processes.command_line(second) == ""

    def test_ends_a_dead_process_s_children_before_it_starts_again(self, tmp_path, capsys):
        pool = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]).wait()"
        tick = Ticks(capsys, kill_parent_of_first, lambda pids: len(pids) == 2)
        supervise([Program("pool", [*python(pool), PATIENT])], tmp_path, tick)
        assert processes.command_line(tick.pids()[0]) == ""

    def test_names_who_says_what(self, tmp_path, capsys):
        tick = Ticks(capsys, lambda pids: len(pids) == 2)
        supervise([Program("web", python(PATIENT)), Program("worker", python(PATIENT))], tmp_path, tick)
        assert {line.split("pid")[0] for line in tick.said.splitlines() if " pid " in line} == {
            "web    | ",
            "worker | ",
        }

    def test_gives_up_on_what_dies_at_every_start_and_stops_the_rest(self, tmp_path, capsys):
        tick = Ticks(capsys, lambda pids: False)
        dying = Program("web", python("import sys; sys.exit('no such table')"))
        with pytest.raises(Fault, match=f"The web process ended {MOST_DEATHS + 1} times"):
            supervise([dying, Program("beat", python(PATIENT))], tmp_path, tick)
        tick.said += capsys.readouterr().out
        assert tick.said.count("no such table") == MOST_DEATHS + 1
        assert [processes.command_line(pid) for pid in tick.pids()] == [""]

    def test_kills_what_does_not_listen(self, tmp_path, capsys):
        deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {PATIENT}"
        tick = Ticks(capsys, lambda pids: len(pids) == 1)
        supervise([Program("deaf", python(deaf), grace=0.2)], tmp_path, tick)
        assert processes.command_line(tick.pids()[0]) == ""

    @pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux ties children to parents")
    def test_leaves_nothing_behind_when_it_is_killed_itself(self):
        script = textwrap.dedent(f"""
            import os, pathlib
            from ministry.ops.supervisor import Program, Supervisor
            Supervisor([Program("worker", {python(PATIENT)!r})], env=dict(os.environ), cwd=pathlib.Path(".")).run()
        """)
        supervisor = subprocess.Popen(python(script), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        child = int(supervisor.stdout.readline().split()[-1])
        supervisor.kill()
        supervisor.wait()
        assert processes.wait_until(lambda: processes.command_line(child) == "", 5)
