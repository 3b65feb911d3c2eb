"""How the portal's own log looks: lines for people in development, JSON for machines in production."""

import structlog


def configure(log_format: str) -> None:
    """Set structlog up for `log_format`: "text" or "json".

    Instants are in UTC. Every line carries what is bound: request, person, job (ids only).
    """
    processors: list[structlog.typing.Processor] = [
        _leave_out_sending,
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # SECURITY: structlog's own way of showing tracebacks prints local variables, and with them names and numbers of
    # people. Plain tracebacks show code only.
    if log_format == "json":
        processors += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        processors += [
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ]
    structlog.configure(processors=processors, cache_logger_on_first_use=False)


def _leave_out_sending(
    _logger: structlog.typing.WrappedLogger, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Drop the line for each message put in the queue: the worker's line for the same task says more."""
    if event.get("event") == "task_enqueued":
        raise structlog.DropEvent
    return event
