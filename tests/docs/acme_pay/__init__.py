"""The provider of “Add a payment provider”, which shows these files as they are."""
