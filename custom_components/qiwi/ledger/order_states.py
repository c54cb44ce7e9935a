"""The words for how far an order has come, why it needs a person, and what came of its mail."""

from enum import StrEnum


class OrderState(StrEnum):
    """How far an order has come."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    NEEDS_ATTENTION = "needs_attention"
    COMPLETED = "completed"


class OrderReason(StrEnum):
    """Why an order failed or needs a person."""

    NO_ADDRESS = "no_address"
    SEVERAL_ADDRESSES = "several_addresses"
    UNDERPAID = "underpaid"
    OVERPAID = "overpaid"
    LATE = "late"
    AMBIGUOUS_OFFER = "ambiguous_offer"
    RESTORED = "restored"
    OUTCOME_UNKNOWN = "outcome_unknown"
    REFUSED = "refused"
    GAVE_UP = "gave_up"


class OrderOutcome(StrEnum):
    """How a person ended an order."""

    DELIVERED = "delivered"
    REFUNDED = "refunded"
    DECLINED = "declined"


class Delivered(StrEnum):
    """What came of an attempt to send an order's mail.

    SENT: the server took it. REFUSED: it said no for good. PUT_OFF: it said no for now. UNREACHABLE: it did not
    come to the mail at all. UNKNOWN: its answer to the whole mail was lost. NOT_SENT: the attempt was broken off
    before anything of the mail had left.
    """

    SENT = "sent"
    REFUSED = "refused"
    PUT_OFF = "put_off"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"
