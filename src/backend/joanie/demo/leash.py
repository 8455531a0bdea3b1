"""``python -m joanie.demo.leash COMMAND …``: a command of the project that outlives nobody.

``-m MODULE …`` runs a module instead, as Python does.

Whoever starts it keeps the other end of its standard input. However they end, even killed, that
end is closed then, and the command ends too.
"""

import os
import runpy
import signal
import sys
import threading
import time

from django.core.management import execute_from_command_line

STDIN = 0
# Seconds the command has to finish what it is doing.
PATIENCE = 5


def end_with_the_starter() -> None:
    while os.read(STDIN, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(PATIENCE)
    os._exit(1)


def run(command: list[str]) -> None:
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        execute_from_command_line(["manage.py", *command])


if __name__ == "__main__":
    threading.Thread(target=end_with_the_starter, name="leash", daemon=True).start()
    run(sys.argv[1:])
