"""The wallet API with faults on command, and the record of what it was asked."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import hdrs, web

from .answers import ERROR_BODIES, JSON_TYPE, Answer, RefusedError
from .api import WalletApi, route
from .delivery import DATE, deliver, header_date
from .distortion import distort
from .faults import ActiveFault, Asked, Endpoint, Fault, FaultKind
from .query import PARAMETERS
from .wallet import Wallet


@dataclass(slots=True, kw_only=True)
class RecordedRequest:
    """A request to the API as tests count it; `status` is 0 while and when nothing was answered."""

    method: str
    path: str
    query: dict[str, str]
    status: int = 0
    endpoint: Endpoint | None = None
    authorized: bool = False
    """Whether it carried an Authorization header, right or wrong."""

    def answered(self, status: int) -> None:
        """Note the answer's status."""
        self.status = status

    def __iter__(self) -> Iterator[object]:
        return iter((self.method, self.path, self.query, self.status))


class FaultyApi(WalletApi):
    """Answers requests for one or more wallets, as wrongly as its faults say."""

    def __init__(
        self,
        *wallets: Wallet,
        rate_limit: int | None = 100,
        block: timedelta = timedelta(minutes=5),
        honours_dates: bool = True,
        empty_history_404: bool = False,
        checks_number: bool = True,
        log: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(
            *wallets,
            rate_limit=rate_limit,
            block=block,
            honours_dates=honours_dates,
            empty_history_404=empty_history_404,
            checks_number=checks_number,
        )
        self.requests: list[RecordedRequest] = []
        self.faults: list[ActiveFault] = []
        self._log = log

    def fault(self, fault: Fault) -> ActiveFault:
        """Let something go wrong from now on; the newest fault that fits a request strikes it, alone."""
        active = ActiveFault(fault, fault.times)
        self.faults.append(active)
        return active

    def clear_faults(self, endpoint: Endpoint | str | None = None) -> None:
        """End all faults, or those of one endpoint. Requests that hang are dropped."""
        ended = [active for active in self.faults if endpoint in {None, active.fault.endpoint}]
        for active in ended:
            self.faults.remove(active)
            active.ended.set()

    def count(self, endpoint: Endpoint | str | None = None) -> int:
        """How many requests came, to one endpoint or to all."""
        return sum(endpoint in {None, request.endpoint} for request in self.requests)

    def note(self, line: str) -> None:
        """Write a line into the simulator's log, if it keeps one."""
        if self._log:
            self._log(line)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a request over its connection."""
        endpoint, argument = route(request.path)
        record = RecordedRequest(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            endpoint=endpoint,
            authorized=hdrs.AUTHORIZATION in request.headers,
        )
        self.requests.append(record)
        struck = self._strike(self.asked(endpoint, request.query))
        if date := header_date(self.clock(), struck):
            request[DATE] = date
        try:
            answer = self._faulty_answer(request, endpoint, argument, struck)
            return await deliver(request, answer, struck, record.answered)
        finally:
            self.note(f"{request.method} {_shown(request)} {record.status or 'no answer'}")

    def _strike(self, asked: Asked) -> ActiveFault | None:
        # Each fault counts the requests that fit it, whether or not a newer one strikes them.
        due = [active for active in self.faults if active.meets(asked)]
        if not due:
            return None
        struck = due[-1]
        struck.count()
        if struck.remaining == 0:
            self.faults.remove(struck)
        return struck

    def _faulty_answer(
        self, request: web.Request, endpoint: Endpoint | None, argument: str, struck: ActiveFault | None
    ) -> Answer:
        if struck is None:
            return self.answer(request, endpoint, argument, None)
        if struck.fault.kind is FaultKind.STATUS:
            return self._status_answer(endpoint, struck.fault)
        answer = self.answer(request, endpoint, argument, struck.fault)
        return distort(answer, struck.fault, f"http://{request.host}")

    def _status_answer(self, endpoint: Endpoint | None, fault: Fault) -> Answer:
        headers = dict(fault.headers)
        if fault.status == 429:
            headers.setdefault(hdrs.RETRY_AFTER, "60")
        content_type = headers.pop(hdrs.CONTENT_TYPE, JSON_TYPE)
        if fault.body is not None:
            body = fault.body.encode()
        elif fault.code is None and fault.status in {200, 401}:
            body = b""
        else:
            code, message = ERROR_BODIES.get(fault.status, ERROR_BODIES[500])
            body = self.refusal(endpoint, RefusedError(fault.status, fault.code or code, message)).body
        return Answer(status=fault.status, body=body, content_type=content_type, headers=headers)


def _shown(request: web.Request) -> str:
    """Return path and query for the log, leaving out whatever the documentation doesn't name."""
    query = "&".join(f"{name}={value}" for name, value in request.query.items() if name in PARAMETERS)
    return f"{request.path}?{query}" if query else request.path
