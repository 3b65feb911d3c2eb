"""Messages by e-mail, through Django's backend."""

import hashlib
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage

from ministry.models import Notice
from ministry.notices.delivery import DeliveryFailed, DeliveryRefused


def deliver(notice: Notice) -> None:
    """Hand the message to the mail server.

    Raises:
        DeliveryRefused: the server does not know the address.
        DeliveryFailed: anything else went wrong.
    """
    # The same message sent twice has the same id, by which mail programs show it once.
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip(">") or "localhost"
    identifier = hashlib.sha256(notice.key.encode()).hexdigest()[:32]
    message = EmailMessage(
        subject=notice.subject,
        body=notice.body,
        to=[notice.recipient],
        headers={"Message-ID": f"<{identifier}@{domain}>"},
    )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryRefused("The mail server refused the address.") from error
    except ValueError as error:
        raise DeliveryRefused("The address is not a valid one.") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed(f"{type(error).__name__}: the mail server did not take the message.") from error
