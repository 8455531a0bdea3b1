"""The log as JSON."""

import json
import logging

from django.test import RequestFactory

from joanie.operations.json_lines import JsonLines


def written(**details: object) -> dict[str, object]:
    record = logging.makeLogRecord({"msg": "Hello", "name": "joanie.x", **details})
    content: dict[str, object] = json.loads(JsonLines().format(record))
    return content


def test_a_line_is_an_object_with_all_its_details() -> None:
    line = written(levelname="INFO", order_id="1")
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "joanie.x", "Hello")
    assert line["order_id"] == "1"
    assert str(line["timestamp"]).endswith("+00:00")


def test_a_request_is_left_out_since_its_address_may_hold_a_secret() -> None:
    request = RequestFactory().get("/return/?client_secret=abc")
    assert "abc" not in json.dumps(written(request=request, status_code=500))


def test_a_line_with_what_is_no_json_is_written_all_the_same() -> None:
    assert "object" in str(written(thing=object())["thing"])
