"""What the guide to observing tells one to watch is there, and what it shows works."""

import ast
import re
from typing import Any

import pytest
import yaml
from django.utils.module_loading import import_string
from tests.docs.pages import read_blocks

from joanie.common.exceptions import ProviderRejected, ProviderUnavailable
from joanie.common.log_context import log_context
from joanie.operations.exposition import KNOWN_LABELS
from joanie.operations.metric_list import list_metrics

GUIDE = "how-to/observe.md"
BLOCKS = read_blocks(GUIDE)
METRICS = {metric.name: metric for metric in list_metrics()}
SELECTOR = re.compile(r"(joanie_\w+)(?:\{([^}]*)\})?")
GROUPING = re.compile(r"\bby \(([^)]*)\)")


def alerts() -> list[dict[str, Any]]:
    (rules,) = [block.code for block in BLOCKS if block.code.startswith("groups:")]
    found: list[dict[str, Any]] = yaml.safe_load(rules)["groups"][0]["rules"]
    return found


def python_with(text: str) -> str:
    (code,) = [each.code for each in BLOCKS if each.language == "python" and text in each.code]
    return code


def functions_of(code: str) -> dict[str, Any]:
    """Run what a block defines, without what it imports of others and calls."""
    tree = ast.parse(code)
    kept = (ast.FunctionDef, ast.Assign, ast.ImportFrom)
    tree.body = [node for node in tree.body if isinstance(node, kept)]
    names: dict[str, Any] = {}
    exec(compile(tree, GUIDE, "exec"), names)
    return names


def metric_of(name: str) -> Any:
    return METRICS.get(name) or METRICS[re.sub(r"_(count|sum|bucket)$", "", name)]


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_is_about_metrics_and_labels_that_there_are(alert: dict[str, Any]) -> None:
    assert alert["annotations"]["summary"].endswith(".")
    selectors = SELECTOR.findall(alert["expr"])
    grouped = {name for each in GROUPING.findall(alert["expr"]) for name in each.split(", ")}
    assert selectors
    for name, matchers in selectors:
        labels = {*metric_of(name).labels, *({"le"} if name.endswith("_bucket") else ())}
        assert set(re.findall(r'(\w+)!?=~?"', matchers)) | grouped <= labels


@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_is_about_values_that_labels_can_have(alert: dict[str, Any]) -> None:
    known = {value for labels in KNOWN_LABELS.values() for each in labels for value in each}
    known |= {"ok", "error", "processing", "default", "documents", "webhooks"}
    known |= {"create_payment"}
    known |= {ProviderUnavailable.code, ProviderRejected.code}
    used = re.findall(r'=~?"([^"]+)"', alert["expr"])
    assert {value for each in used for value in each.split("|")} <= known


def test_the_logging_that_is_shown_is_made_of_what_there_is() -> None:
    shown = functions_of(python_with("LOGGING"))
    formatter = shown["LOGGING"]["formatters"]["json"]["()"]
    context = shown["LOGGING"]["filters"]["context"]["()"]
    assert import_string(formatter)()
    assert import_string(context)()
    assert callable(import_string(shown["MIDDLEWARE"][0]))


def test_what_is_sent_to_sentry_holds_nothing_that_was_sent_to_us() -> None:
    frame = {"function": "pay", "vars": {"nonce": "fake-nonce"}}
    event = {
        "request": {"data": "fake-nonce"},
        "user": {"email": "grace@example.org"},
        "exception": {"values": [{"type": "X", "stacktrace": {"frames": [frame]}}]},
        "extra": {"token": "fake-nonce", "order_id": "1"},
    }
    sent = functions_of(python_with("def scrub"))["scrub"](event, {})
    assert "fake-nonce" not in repr(sent)
    assert "grace" not in repr(sent)
    assert sent["extra"] == {"order_id": "1"}
    assert sent["exception"]["values"][0]["stacktrace"]["frames"] == [{"function": "pay"}]


def test_an_event_gets_the_ids_of_the_log() -> None:
    add_ids = functions_of(python_with("def add_ids"))["add_ids"]
    with log_context(order_id="1", request_id="r"):
        assert add_ids({}, {})["tags"] == {"order_id": "1", "request_id": "r"}
