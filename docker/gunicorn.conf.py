"""How gunicorn serves the site. WEB_CONCURRENCY sets the number of processes, 1 by default.

GUNICORN_CMD_ARGS="--threads 16 --bind 0.0.0.0:9000" overrules what is written here.
"""

import os
from typing import Any

bind = "0.0.0.0:8000"
# Payments wait for providers: a thread costs little meanwhile. Not gevent: calls to providers run
# an event loop of their own.
worker_class = "gthread"
threads = 8
# No max_requests: each process that ends leaves what it counted in PROMETHEUS_MULTIPROC_DIR, since
# it still counts, and a thousand of them fill the memory and take seconds to read.

# Longer than the proxy in front keeps a connection that it does not use (60 s): otherwise it would
# send a request into one that is just being closed.
keepalive = 75
# Seconds that requests under way have when the server stops: a purchase may ask its provider three
# times, JOANIE_PROVIDER_TIMEOUT each.
graceful_timeout = 40
# Seconds without a sign of life, which threads that wait do give, until a process is replaced.
timeout = 60

# In memory: the root file system is read-only.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - names there are random
control_socket_disable = True

# The proxy writes who asked what, and when; errors go to the standard error.
accesslog = None
# Only the site reads X-Forwarded-Proto, and only with JOANIE_PROXY_COUNT.
secure_scheme_headers: dict[str, str] = {}


def child_exit(server: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn's own names
    """Forget the gauges of a process that ended."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess  # noqa: PLC0415 - reads the variable

        multiprocess.mark_process_dead(worker.pid)
