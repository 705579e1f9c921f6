"""A name server on 127.0.0.1 for tests: it knows what `zone` says, and that there is nothing else."""

import socket
import threading
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

__all__ = ["NameServer"]


class NameServer:
    """A context that answers on a free UDP port; `zone` maps (name, type) to records as a zone file writes them."""

    def __init__(self) -> None:
        """Start with an empty zone."""
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.silent = False
        self.asked: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", self._socket.getsockname())  # an empty question ends it
        self._thread.join()
        self._socket.close()

    @property
    def place(self) -> str:
        """Return what ``--name-server`` takes."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def text(self, name: str, *texts: str) -> None:
        """Put TXT records in the place of those of a name."""
        self.zone[name, "TXT"] = [
            " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255)) for text in texts
        ]

    def _serve(self) -> None:
        while True:
            wire, client = self._socket.recvfrom(4096)
            if not wire:
                return
            if not self.silent:
                self._socket.sendto(self._answer(dns.message.from_wire(wire)).to_wire(), client)

    def _answer(self, question: dns.message.Message) -> dns.message.Message:
        (asked,) = question.question
        name, kind = asked.name.to_text(omit_final_dot=True).lower(), asked.rdtype.name
        self.asked.append((name, kind))
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        records = self.zone.get((name, kind), [])
        if records:
            answer.answer.append(dns.rrset.from_text_list(asked.name, 60, "IN", kind, records))
        elif not any(known == name for known, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
