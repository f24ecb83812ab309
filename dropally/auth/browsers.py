"""The name of a browser, for people reading the audit. Never used to decide anything."""

# Order matters: most browsers also claim to be Chrome, Safari or Mozilla.
_MARKS = (
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Wget/", "Wget"),
    ("python-requests/", "Python"),
    ("python-httpx/", "Python"),
    ("PowerShell/", "PowerShell"),
    ("dropally/", "Dropally CLI"),
)


def browser_name(user_agent: str) -> str:
    """`Mozilla/5.0 … Chrome/129.0 Safari/537.36` -> `Chrome`; `unknown browser` if nothing fits."""
    for mark, name in _MARKS:
        if mark in user_agent:
            return name
    return "unknown browser"
