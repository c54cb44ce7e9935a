"""What a payment is: its kind, its comment, its public record and who asks for which.

Pure: knows the wallet's rows (`api`) and nothing of Home Assistant, the disk or the time.
"""

from .announcement import Announcement, masked, public_record
from .comment import clean_comment, read_comment
from .filter import PaymentFilter, phone_digits
from .kinds import Kind
from .payment import Direction, Key, Payment, PaymentEvent, PaymentStatus

__all__ = [
    "Announcement",
    "Direction",
    "Key",
    "Kind",
    "Payment",
    "PaymentEvent",
    "PaymentFilter",
    "PaymentStatus",
    "clean_comment",
    "masked",
    "phone_digits",
    "public_record",
    "read_comment",
]
