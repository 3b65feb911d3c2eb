import json

import pytest
import structlog

from ministry.settings import logs


@pytest.fixture(autouse=True)
def _as_before():
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_tracebacks_show_code_and_no_personal_data(log_format, capsys):
    logs.configure(log_format)
    national_number = "2900101" + "1234567"
    try:
        raise KeyError("missing")
    except KeyError:
        structlog.get_logger().exception("failed", job_id=7)
    written = capsys.readouterr().out
    assert national_number not in written
    assert "Traceback" in written
    assert "KeyError" in written


def test_json_is_one_line_with_what_is_bound(capsys):
    logs.configure("json")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        structlog.get_logger().info("done", note="ملاحظة")
    (line,) = capsys.readouterr().out.splitlines()
    said = json.loads(line)
    assert (said["event"], said["request_id"], said["note"], said["level"]) == ("done", "r1", "ملاحظة", "info")
    assert said["timestamp"].endswith("Z")


def test_sending_a_message_to_the_queue_is_not_worth_a_line(capsys):
    logs.configure("text")
    structlog.get_logger().info("task_enqueued", child_task_name="ministry.tasks.run_job")
    structlog.get_logger().info("task_started")
    (line,) = capsys.readouterr().out.splitlines()
    assert "task_started" in line
