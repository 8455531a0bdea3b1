"""Pages of webhooks."""

from joanie.webhooks.admin import deliveries, endpoints, messages

__all__ = ["deliveries", "endpoints", "messages"]
