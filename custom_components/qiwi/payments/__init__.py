"""What a payment is: its kind, its comment, its public record and who asks for which.

Pure: knows the wallet's rows (`api`) and nothing of Home Assistant, the disk or the time.
"""

from .announcement import PRIVATE_KEYS, Announcement, masked, public_record
from .comment import addresses_in, clean_comment, email_in, mentions, read_comment
from .filter import PaymentFilter, phone_digits
from .kinds import Kind
from .payment import Direction, Key, Payment, PaymentEvent, PaymentStatus, has_failed, is_final

__all__ = [
    "PRIVATE_KEYS",
    "Announcement",
    "Direction",
    "Key",
    "Kind",
    "Payment",
    "PaymentEvent",
    "PaymentFilter",
    "PaymentStatus",
    "addresses_in",
    "clean_comment",
    "email_in",
    "has_failed",
    "is_final",
    "masked",
    "mentions",
    "phone_digits",
    "public_record",
    "read_comment",
]
