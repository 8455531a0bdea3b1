from joanie.common.exceptions import JoanieError


class DemoFailed(JoanieError):
    code = "demo_failed"
    detail = "The demo did not go as it should."


class PortBusy(DemoFailed):
    code = "port_busy"


class ProcessEnded(DemoFailed):
    code = "process_ended"


class UnexpectedAnswer(DemoFailed):
    code = "unexpected_answer"
