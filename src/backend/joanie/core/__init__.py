"""The catalogue, products, orders, enrolments and addresses. Knows nothing of payment."""
