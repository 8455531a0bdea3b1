from joanie.webhooks.models.deliveries import WebhookAttempt, WebhookDelivery
from joanie.webhooks.models.endpoints import WebhookEndpoint
from joanie.webhooks.models.messages import WebhookMessage

__all__ = ["WebhookAttempt", "WebhookDelivery", "WebhookEndpoint", "WebhookMessage"]
