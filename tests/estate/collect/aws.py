"""AWS on this machine: moto over HTTP, with what it was asked, and faults put between."""

from __future__ import annotations

import io
import json
import re
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock, Thread
from urllib.parse import parse_qs

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

HOME = "123456789012"
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_UNKNOWN = {
    "codeartifact": "AccessDeniedException",
    "BlockPublicAccessState": "AccessDeniedException",
    "organizations.DescribeResourcePolicy": "ResourcePolicyNotFoundException",
}
"""What moto has no answer for."""


class _Quiet(MotoRequestHandler):
    def log(self, *_: object) -> None:
        pass


@dataclass
class Fault:
    """Calls whose name holds `name`, refused with `code` this many times."""

    name: str
    code: str
    times: int = 1_000_000
    status: int = 403


@dataclass
class Aws:
    """The server; `calls` are the names of those that reached it, `member` is the account that was made."""

    member: str = ""
    calls: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._app = DomainDispatcherApplication(create_backend_app)
        self._lock = Lock()
        self._server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Quiet)
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://localhost:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reset(self) -> None:
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")
        urllib.request.urlopen(request).close()

    def count(self, name: str) -> int:
        return sum(name in one for one in self.calls)

    def client(self, service: str, region: str = "us-east-1", **credentials: str) -> object:
        keys = credentials or {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name=region, endpoint_url=self.url, **keys)

    def __call__(self, environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
        service, name = _called(environ)
        with self._lock:
            self.calls.append(name)
            fault = next((one for one in self.faults if one.times and one.name in name), None)
            if fault:
                fault.times -= 1
        if fault is None:
            fault = next((Fault(one, code) for one, code in _UNKNOWN.items() if one in name), None)
        if fault is None:
            return self._app(environ, start_response)
        kind, body = _error(environ, service, fault.code)
        headers = [("Content-Type", kind), ("x-amzn-errortype", fault.code)]
        start_response(f"{fault.status} no", headers)
        return [body.encode()]


def _called(environ: dict[str, object]) -> tuple[str, str]:
    """The service, and `region service.Operation body`, as far as a request tells."""
    found = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    region, service = (found[2], found[3]) if found else ("", "")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    action = parse_qs(body.decode("utf-8", "replace")).get("Action", [""])[0]
    path = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ.get('QUERY_STRING', '')}"
    name = target.rpartition(".")[2] or action or path
    return service, f"{region} {service}.{name} {body.decode('utf-8', 'replace')}"


def _error(environ: dict[str, object], service: str, code: str) -> tuple[str, str]:
    if service in ("s3", "ec2"):
        inner = f"<Error><Code>{code}</Code><Message>refused</Message></Error>"
        whole = inner if service == "s3" else f"<Response><Errors>{inner}</Errors></Response>"
        return "text/xml", whole
    if "HTTP_X_AMZ_TARGET" in environ or "json" in str(environ.get("CONTENT_TYPE", "")):
        return "application/x-amz-json-1.0", json.dumps({"__type": code, "message": "refused"})
    inner = f"<Error><Code>{code}</Code><Message>refused</Message></Error>"
    return "text/xml", f"<ErrorResponse>{inner}</ErrorResponse>"
