"""The played vendor does what its script says, seen by a plain socket client and by httpx."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.fakes.replies import Reply
from tests.fakes.server import FakeServer, closed_port

ASK = {"model": "qwen-plus", "stream": True, "messages": [{"role": "user", "content": "hi"}]}


def post(server: FakeServer, provider: str = "alibaba", **headers: str) -> httpx.Response:
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.post(server.url(provider) + "/chat/completions", json=ASK, headers=headers)


def raw(server: FakeServer, provider: str = "alibaba", stream: bool = True) -> bytes:
    """All bytes a client gets, the end of the connection (or its reset) included."""
    body = json.dumps({**ASK, "stream": stream}).encode()
    head = (
        f"POST /{provider}/v1/chat/completions HTTP/1.1\r\nConnection: close\r\nContent-Length: {len(body)}"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(head.encode() + b"\r\n\r\n" + body)
        data = b""
        while part := client.recv(65536):
            data += part
    return data


def events(text: str) -> list[dict]:
    lines = [line[6:] for line in text.splitlines() if line.startswith("data: {")]
    return [json.loads(line) for line in lines]


def text_of(text: str) -> str:
    return "".join(e["choices"][0]["delta"].get("content", "") for e in events(text) if e["choices"])


def test_replies_come_in_order_and_the_last_repeats(server: FakeServer) -> None:
    server.on(
        "alibaba", [Reply.error(403, {"error": {"code": "x"}}), Reply.stream(["你", "好"], usage=(9, 2))]
    )
    assert post(server).status_code == 403
    for _ in range(2):
        answer = post(server)
        assert text_of(answer.text) == "你好"
        assert answer.text.rstrip().endswith("data: [DONE]")
        assert events(answer.text)[-1]["usage"]["total_tokens"] == 11
    assert server.usage("alibaba") == (18, 4)


def test_a_script_that_does_not_repeat_runs_out(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["a"]), repeat=False)
    assert post(server).status_code == 200
    assert post(server).json()["error"]["code"] == "script_exhausted"


def test_requests_are_recorded(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["a"]))
    post(server, authorization="Bearer sk-test-1")
    (request,) = server.requests_for("alibaba")
    assert (request.model, request.key, request.json["messages"]) == (
        "qwen-plus",
        "sk-test-1",
        ASK["messages"],
    )
    assert request.wait() == "sent"
    assert post(server, "nobody").status_code == 404


def test_narrower_scripts_win(server: FakeServer) -> None:
    server.on("a", Reply.error(500))
    server.on("a", Reply.error(401), key="sk-test-old")
    server.on("a", Reply.stream(["x"]), model="qwen-plus")
    server.on("a", Reply.error(402), model="qwen-plus", key="sk-test-poor")
    assert post(server, "a").status_code == 200
    assert post(server, "a", authorization="Bearer sk-test-poor").status_code == 402


def test_models_are_asked_by_get(server: FakeServer) -> None:
    server.on("a", Reply.models(["m1", "m2"]), path="/models")
    answer = httpx.get(server.url("a") + "/models", trust_env=False)
    assert [m["id"] for m in answer.json()["data"]] == ["m1", "m2"]


def test_reset_before_headers(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["a"]).reset())
    with pytest.raises(ConnectionResetError):
        raw(server)
    assert server.requests[0].wait() == "reset"


def test_reset_after_pieces(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["a", "b", "c"], usage=(5, 3)).reset(after=2))
    with httpx.Client(trust_env=False) as client:
        url = server.url("alibaba") + "/chat/completions"
        seen = ""
        with pytest.raises(httpx.ReadError), client.stream("POST", url, json=ASK) as answer:
            for part in answer.iter_text():
                seen += part
    assert text_of(seen) == "ab"
    assert server.usage("alibaba") == (5, 2)


@pytest.mark.parametrize("terminated", [True, False])
def test_cut(server: FakeServer, terminated: bool) -> None:
    server.on("alibaba", Reply.stream(["a", "b"]).cut(after=1, terminated=terminated))
    data = raw(server)
    assert data.endswith(b"\r\n0\r\n\r\n") is terminated
    assert b'"a"' in data and b'"b"' not in data and b"[DONE]" not in data
    assert server.requests[0].wait() == "cut"


def test_cut_before_the_body_of_an_error(server: FakeServer) -> None:
    server.on("alibaba", Reply.error(500, {"error": "x"}).cut(after=0))
    data = raw(server)
    assert b"Content-Length: 14" in data and data.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("after", [None, 0, 1])
def test_stall_ends_when_the_client_leaves(server: FakeServer, after: int | None) -> None:
    server.on("alibaba", Reply.stream(["a", "b"]).stalled(after=after))
    with httpx.Client(trust_env=False, timeout=0.2) as client, pytest.raises(httpx.ReadTimeout):
        client.post(server.url("alibaba") + "/chat/completions", json=ASK)
    assert server.requests[0].wait() == "left"


def test_gate(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["a", "b"]).gated("g", after=1))
    url = server.url("alibaba") + "/chat/completions"
    with httpx.Client(trust_env=False) as client, client.stream("POST", url, json=ASK) as answer:
        parts = answer.iter_text()
        seen = ""
        while '"a"' not in seen:
            seen += next(parts)
        assert server.requests[0].outcome is None
        server.open_gate("g")
        seen += "".join(parts)
    assert text_of(seen) == "ab"


def test_split_at_every_byte(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["你"], split=1))
    data = raw(server).partition(b"\r\n\r\n")[2]
    assert data.startswith(b"1\r\nd\r\n1\r\na\r\n1\r\nt\r\n")
    assert text_of(post(server).text) == "你"


def test_manners(server: FakeServer) -> None:
    server.on(
        "alibaba",
        Reply.stream(
            ["a"],
            reasoning=["hm"],
            newline="\r\n",
            field="data:",
            comments=2,
            done=False,
            finish=None,
            role=False,
        ),
    )
    body = post(server).text
    assert body.startswith(": keep-alive\r\n\r\n: keep-alive\r\n\r\ndata:{")
    assert '"reasoning_content": "hm"' in body
    assert "[DONE]" not in body and '"finish_reason": "stop"' not in body


@pytest.mark.parametrize(("place", "where"), [("tail", -1), ("last", -1), ("choice", -1), ("every", 1)])
def test_usage_places(server: FakeServer, place: str, where: int) -> None:
    server.on("alibaba", Reply.stream(["a", "b"], usage=(9, 2), usage_in=place))
    event = events(post(server).text)[where]
    usage = event["choices"][0]["usage"] if place == "choice" else event["usage"]
    assert usage["completion_tokens"] == (1 if place == "every" else 2)


def test_think_tags(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["a"], reasoning=["hm"], reasoning_field="think"))
    assert text_of(post(server).text) == "<think>hm</think>a"


def test_gzip_arrives_piece_by_piece(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["a", "b"], gzip=True).gated("g", after=1))
    url = server.url("alibaba") + "/chat/completions"
    with httpx.Client(trust_env=False) as client, client.stream("POST", url, json=ASK) as answer:
        parts = answer.iter_text()
        seen = ""
        while '"a"' not in seen:
            seen += next(parts)
        server.open_gate("g")
        seen += "".join(parts)
    assert text_of(seen) == "ab"


def test_errors_inside_a_stream(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream_error({"error": {"code": "1302"}}, pieces=["a"]))
    body = post(server).text
    assert body.rstrip().endswith('data: {"error": {"code": "1302"}}')


def test_garbage_redirect_flood_and_wire(server: FakeServer) -> None:
    server.on("a", Reply.stream(["x"]).bytes(b"\xff\xfe{nonsense\n\n", after=1))
    assert b"\xff\xfe{nonsense" in post(server, "a").content
    server.on("b", Reply.redirect("http://127.0.0.1:1/", 302))
    assert post(server, "b").headers["location"] == "http://127.0.0.1:1/"
    server.on("c", Reply.flood(1_000_000))
    assert len(post(server, "c").content) >= 1_000_000
    server.on("d", Reply.wire(b"SSH-2.0-hello\r\n"))
    assert raw(server, "d") == b"SSH-2.0-hello\r\n"


def test_whole_json_answers(server: FakeServer) -> None:
    server.on("alibaba", Reply.stream(["你", "好"], usage=(1, 2)))
    whole = json.loads(raw(server, stream=False).partition(b"\r\n\r\n")[2])
    assert whole["choices"][0]["message"]["content"] == "你好"
    server.on("alibaba", Reply.completion("嗯", usage=(1, 1)))
    assert post(server).json()["choices"][0]["message"]["content"] == "嗯"


@pytest.mark.parametrize("framing", ["chunked", "close"])
def test_connections_are_kept_where_the_framing_allows(server: FakeServer, framing: str) -> None:
    server.on("alibaba", Reply.stream(["a"], framing=framing))
    with httpx.Client(trust_env=False) as client:
        for _ in range(3):
            client.post(server.url("alibaba") + "/chat/completions", json=ASK)
    assert server.connections == (1 if framing == "chunked" else 3)


def test_a_bend_that_cannot_happen_is_refused() -> None:
    with pytest.raises(ValueError, match="after piece 3 of 1"):
        Reply.stream(["a"]).reset(after=3)


def test_nobody_listens() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", closed_port()), timeout=5)


def test_inside_a_loop(arun) -> None:
    async def go() -> str:
        async with FakeServer() as server, httpx.AsyncClient(trust_env=False) as client:
            server.on("a", Reply.stream(["x"]))
            answer = await client.post(server.url("a") + "/chat/completions", json=ASK)
            assert await server.requests[0].over() == "sent"
            return text_of(answer.text)

    assert arun(go()) == "x"


def test_inside_the_qt_loop(run) -> None:
    async def go() -> str:
        async with FakeServer() as server, httpx.AsyncClient(trust_env=False) as client:
            server.on("a", Reply.stream(["x"]))
            answer = await client.post(server.url("a") + "/chat/completions", json=ASK)
            return text_of(answer.text)

    assert run(go()) == "x"


def test_as_a_process(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(
        json.dumps(
            {"a": [{"stream": {"pieces": ["x", "y"]}, "then": [{"gated": {"name": "g", "after": 1}}]}]}
        )
    )
    command = [sys.executable, "-m", "tests.fakes.server", "--script", str(script), "--port", "0"]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            base = f"http://127.0.0.1:{int(process.stdout.readline())}"
            with httpx.Client(trust_env=False, base_url=base) as client:
                client.post("/_control/gate/g")
                assert text_of(client.post("/a/v1/chat/completions", json=ASK).text) == "xy"
                assert client.get("/_control/requests").json()[0]["outcome"] == "sent"
        finally:
            process.terminate()
