"""What every payment backend must do, as tests that anybody can run against their own.

See ``docs/how-to/add-a-payment-provider.md``.
"""
