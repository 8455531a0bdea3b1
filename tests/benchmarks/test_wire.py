from pathlib import Path

from benchmarks.wire import Request, post, write_requests


def test_a_request_is_written_as_it_goes_over_the_wire() -> None:
    request = Request("/api/", headers={"If-None-Match": '"tag"'})
    assert request.as_bytes() == (
        b"GET /api/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n"
        b'If-None-Match: "tag"\r\n\r\n'
    )


def test_a_body_is_json_and_counted_in_bytes() -> None:
    head, _, body = post("/orders/", {"city": "Orléans"}, {}).as_bytes().partition(b"\r\n\r\n")
    assert b"Content-Type: application/json" in head
    assert f"Content-Length: {len(body)}".encode() in head


def test_each_request_in_the_file_comes_after_its_length(tmp_path: Path) -> None:
    requests = [Request("/one/"), post("/two/", {}, {})]
    write_requests(requests, tmp_path / "requests")
    content = (tmp_path / "requests").read_bytes()
    for request in requests:
        length, _, rest = content.partition(b"\n")
        assert rest[: int(length)] == request.as_bytes()
        content = rest[int(length) :]
    assert content == b""
