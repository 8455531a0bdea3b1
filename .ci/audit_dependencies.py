"""Look the pinned dependencies up among known vulnerabilities; fail on any that is known.

Where the database cannot be reached nothing was audited: it says so, and fails nobody for it.
"""  # noqa: INP001 - a program

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("pip-audit")
OPTIONS = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json")
UNREACHABLE = "not audited: the vulnerability database cannot be reached from here"


def judge(output: str, complaint: str) -> tuple[int, str]:
    """Return the exit code and what to say, from what pip-audit wrote."""
    try:
        found: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except ValueError:
        return (0, UNREACHABLE) if "ConnectionError" in complaint else (1, complaint)
    vulnerable = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in {fault['fix_versions']}"
        for each in found
        for fault in each.get("vulns", ())
    ]
    skipped = [each["skip_reason"] for each in found if "skip_reason" in each]
    if vulnerable:
        return 1, "\n".join(vulnerable)
    if skipped:
        return (0, UNREACHABLE) if len(skipped) == len(found) else (1, "\n".join(skipped))
    return 0, f"{len(found)} dependencies, none with a known vulnerability"


if __name__ == "__main__":
    command = [PROGRAM, "--requirement", sys.argv[1], *OPTIONS]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    code, told = judge(done.stdout, done.stderr)
    sys.stdout.write(f"{told}\n")
    sys.exit(code)
