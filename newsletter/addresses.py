"""Web addresses as people write them."""

import re
from urllib.parse import quote

__all__ = ["URL_SAFE", "quote_address"]

# What an address may hold unquoted; a percent sign too, as it is quoted already.
URL_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_PARTS = re.compile(r"([a-z][a-z0-9+.-]*)(://[^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)


def quote_address(address: str) -> str:
    """Quote what an absolute address may not hold, and leave its host as it is; what is no such address stays."""
    match = _PARTS.fullmatch(address)
    return f"{match[1].lower()}{match[2]}{quote(match[3], safe=URL_SAFE)}" if match else address
