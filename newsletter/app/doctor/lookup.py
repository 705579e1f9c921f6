"""Ask the DNS, by way of dnspython, which only `doctor` imports."""

from typing import Any

from newsletter.errors import NewsletterError, UsageError

__all__ = ["Lookup", "UnansweredError"]

_LONGEST = 5.0  # seconds for one name


class UnansweredError(NewsletterError):
    """No name server gave an answer: nothing is known of the name."""

    kind = "dns"


class Lookup:
    """One name server, or those of the system where `server` is ""; `silent`: it did not answer at all."""

    def __init__(self, server: str = "") -> None:
        """Take ``address`` or ``address:port``; nobody is asked yet."""
        import dns.exception
        import dns.resolver

        self.silent = False
        try:
            self._resolver = dns.resolver.Resolver(configure=not server)
            if server:
                address, port = _place(server)
                self._resolver.nameservers, self._resolver.port = [address], port
        except dns.resolver.NoResolverConfiguration as error:
            raise UnansweredError("this machine names no name server", hint="look at /etc/resolv.conf") from error
        except (dns.exception.DNSException, ValueError) as error:
            hint = "write an IP address, or ADDRESS:PORT"
            raise UsageError(f"{server!r} is not the address of a name server", hint=hint) from error

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name, each put together; none where there is no such name."""
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in self._ask(name, "TXT"))

    def receives_mail(self, domain: str) -> bool:
        """Return whether mail to a domain has somewhere to go: an MX that is not ".", else an address (RFC 5321)."""
        hosts = [str(record.exchange) for record in self._ask(domain, "MX")]
        if hosts:
            return hosts != ["."]
        return bool(self._ask(domain, "A") or self._ask(domain, "AAAA"))

    def _ask(self, name: str, kind: str) -> list[Any]:
        import dns.exception
        import dns.resolver

        try:
            return list(self._resolver.resolve(name, kind, lifetime=_LONGEST, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            self.silent = isinstance(error, dns.exception.Timeout)
            hint = "look at the network and at /etc/resolv.conf; --name-server asks another one"
            raise UnansweredError(f"no name server answers for {name} ({type(error).__name__})", hint=hint) from error


def _place(server: str) -> tuple[str, int]:
    """Split ``address``, ``address:port`` or ``[address]:port``."""
    address, colon, port = server.rpartition(":")
    if not colon or (":" in address and not server.startswith("[")):
        return server.strip("[]"), 53
    return address.strip("[]"), int(port)
