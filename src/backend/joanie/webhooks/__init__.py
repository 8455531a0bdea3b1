"""Telling other systems what happened: signed requests after the Standard Webhooks specification.

It knows no order and no product. What is to be told is given to it, in the transaction of what it
tells about (``services.telling``); a periodic task sends it (``services.sending``).
"""
