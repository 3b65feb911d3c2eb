"""How a delivery ends when it does not succeed."""


class DeliveryFailed(Exception):
    """It did not go this time; it is tried again."""


class DeliveryRefused(Exception):
    """It will never go: the address is wrong, or the gateway refuses the message."""
