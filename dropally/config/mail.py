"""The mail server of [notify.smtp]."""

from dropally.config.configuration import Config
from dropally.notify.smtp import MailServer


def mail_server(config: Config) -> MailServer | None:
    """Where mails are handed in; None while no host is set."""
    smtp = config.notify.smtp
    if not smtp.host:
        return None
    return MailServer(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        sender=smtp.sender,
        username=smtp.username,
        password=smtp.password,
        ca_file=smtp.ca_file,
    )
