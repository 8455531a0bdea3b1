"""Starts the ngrok agent unless it runs, and says where it makes this machine reachable.

``announce.py -- COMMAND`` runs the command when no agent answers. One that stays, stays until
Ctrl-C; one that ends has left the agent somewhere else, in a container.
"""

import argparse
import json
import signal
import subprocess
import sys
import time
from http.client import HTTPException
from urllib.request import ProxyHandler, build_opener

AGENT = "http://127.0.0.1:4040"
# Seconds between two questions.
PAUSE = 0.2


class NoTunnel(Exception):
    """There is none, or nobody says so; the message says what to do."""


class NotThere(Exception):
    """Nobody answers where the agent should."""


def main(arguments: list[str]) -> int:
    options = _read(arguments)
    process = None
    try:
        if options.command and not _is_there(options.agent):
            process = _start(options.command)
        url = wait_for_tunnel(options.agent, seconds=options.wait, process=process)
        sys.stdout.write(f"Joanie is accessible on: {url}\n")
        sys.stdout.flush()
        return process.wait() if process else 0
    except NoTunnel as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        if process and process.poll() is None:
            process.terminate()
            process.wait()


def wait_for_tunnel(
    agent: str, *, seconds: float, process: subprocess.Popen[bytes] | None = None
) -> str:
    """Return the https address of the agent's tunnel. Raises NoTunnel.

    What starts the agent may take its time: seconds count from its end, or from the first answer.
    """
    deadline = time.monotonic() + seconds
    while True:
        is_starting = process is not None and process.poll() is None
        if process and process.poll():
            raise NoTunnel(f"The agent could not be started: {process.args[0]} ended in error.")
        try:
            urls = read_tunnels(agent)
            if https := [url for url in urls if url.startswith("https://")]:
                return https[0]
            reason = f"its tunnels are {', '.join(urls)}" if urls else "it has no tunnel yet"
        except NotThere as error:
            reason = str(error)
            if is_starting:
                deadline = time.monotonic() + seconds
        if time.monotonic() > deadline:
            raise NoTunnel(
                f"No https tunnel within {seconds:g} seconds: {reason}.\n"
                "Is NGROK_AUTHTOKEN in env.d/ngrok that of your account? "
                "`docker compose logs ngrok` shows what the agent says."
            )
        time.sleep(PAUSE)


def read_tunnels(agent: str) -> list[str]:
    """Ask the agent, on this machine. Raises NotThere, and NoTunnel for what is no agent."""
    try:
        with build_opener(ProxyHandler({})).open(f"{agent}/api/tunnels", timeout=2) as answer:
            return [str(tunnel["public_url"]) for tunnel in json.load(answer)["tunnels"]]
    except (OSError, HTTPException) as error:
        raise NotThere(f"the agent's API at {agent} does not answer ({error})") from error
    except (ValueError, LookupError, TypeError) as error:
        raise NoTunnel(f"What answers at {agent} is no ngrok agent.") from error


def _is_there(agent: str) -> bool:
    try:
        read_tunnels(agent)
    except NotThere:
        return False
    return True


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        # What it says is for people; the address alone is for programs.
        return subprocess.Popen(command, stdout=sys.stderr)  # noqa: S603 - whoever calls says so
    except OSError as error:
        raise NoTunnel(
            f"{command[0]} cannot be started ({error.strerror}): install Docker, or ngrok from "
            "https://ngrok.com/download."
        ) from error


def _read(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agent", default=AGENT, help="the agent's API")
    parser.add_argument("--wait", type=float, default=30, help="seconds to wait for a tunnel")
    parser.add_argument("command", nargs="*", help="what starts the agent")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    # Whoever ends this ends the agent, also where Ctrl-C is ignored: in the background of a shell.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
