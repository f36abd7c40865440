"""Killing a process that provisions at each of its mutating calls, and going on after it."""

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fault_proxy import Forward, Proxy, Reply, Request, transparent
from proofs import check, prove_applied, prove_gone

from tracing_lab import deploy
from tracing_lab.aws import Aws
from tracing_lab.config import Config

VICTIM = Path(__file__).parent / "victim.py"
READY_AHEAD = 2  # processes that are started before they are needed
TIMEOUT_S = 60.0


class KillingLab:
    """An AWS, a proxy before it, and processes that provision through the proxy.

    Parameters
    ----------
    config
        Leads to the AWS itself.
    proxy
        What the processes call through.
    proxy_url
        Where it is.
    """

    def __init__(self, config: Config, proxy: Proxy, proxy_url: str) -> None:
        self.config, self.aws = config, Aws(config)
        self._proxy = proxy
        settings = {**config.to_dict(), "endpoint_url": proxy_url, "embedded_state_dir": None}
        self._settings = json.dumps(settings)
        self._ready: deque[subprocess.Popen[str]] = deque()

    @classmethod
    @contextmanager
    def running(cls, config: Config) -> Iterator["KillingLab"]:
        """Run a proxy before an AWS."""
        proxy = Proxy(str(config.endpoint_url))
        with proxy.running() as url:
            lab = cls(config, proxy, url)
            try:
                yield lab
            finally:
                for process in lab._ready:
                    _end(process)

    def count(self, verb: str) -> int:
        """Run a verb undisturbed and count its mutating calls."""
        counter = _Killer(lambda: None, after=0, answered=True)
        self._run(verb, counter)
        return counter.count

    def kill(self, verb: str, *, after: int, answered: bool) -> bool:
        """Run a verb and kill its process when one of its mutating calls was done.

        Parameters
        ----------
        verb
            ``apply`` or ``destroy``.
        after
            The number of the call, from 1.
        answered
            Whether the process gets the answer to that call before it dies.

        Returns
        -------
        bool
            Whether it was killed; it may have had fewer calls to make.
        """
        process = self._next()
        killer = _Killer(process.kill, after=after, answered=answered)
        self._run(verb, killer, process)
        return killer.fired and process.returncode != 0

    def recover(self) -> None:
        """Run apply again, and check that everything is there once."""
        deploy.apply(self.config, aws=self.aws)
        prove_applied(self.config, self.aws)

    def clear(self) -> None:
        """Run destroy again, and check that nothing is left."""
        prove_gone(deploy.destroy(self.config, confirm=True, aws=self.aws))

    def _run(
        self, verb: str, policy: "_Killer", process: "subprocess.Popen[str] | None" = None
    ) -> None:
        process = process or self._next()
        self._proxy.policy = policy
        try:
            _, errors = process.communicate(f"{verb}\n", timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            under_way = self._proxy.under_way()
            errors = _end(process)
            msg = f"{verb} hangs; under way: {under_way}; it said:\n{errors}"
            raise RuntimeError(msg) from error
        finally:
            _end(process)
            self._proxy.wait_until_idle()
            self._proxy.policy = transparent
        check(policy.fired or process.returncode == 0, errors)

    def _next(self) -> "subprocess.Popen[str]":
        while len(self._ready) < READY_AHEAD:
            command = [sys.executable, "-W", "ignore", str(VICTIM), self._settings]
            pipe = subprocess.PIPE
            self._ready.append(
                subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
            )
        process = self._ready.popleft()
        assert process.stdout is not None
        check(process.stdout.readline() == "ready\n", "a process did not get ready")
        return process


class _Killer:
    """Counts mutating calls, and ends the process when one of them was done."""

    def __init__(self, kill: Callable[[], None], *, after: int, answered: bool) -> None:
        self._kill, self._after, self._answered = kill, after, answered
        self._lock, self.count, self.fired = threading.Lock(), 0, False

    def __call__(self, request: Request, forward: Forward, reply: Reply) -> None:
        answer = forward()
        if self._number(request) != self._after or not request.changes:
            reply(answer)
            return
        if self._answered:
            reply(answer)
        self.fired = True
        self._kill()

    def _number(self, request: Request) -> int:
        with self._lock:
            self.count += request.changes
            return self.count


def _end(process: "subprocess.Popen[str]") -> str:
    process.kill()
    return process.communicate()[1]
