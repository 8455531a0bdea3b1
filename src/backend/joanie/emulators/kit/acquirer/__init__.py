"""Whoever takes money from cards: all of it but its wire format.

``provider``      what is particular to one provider: its cards, pages, ids, errors, notifications
``application``   the Flask application of a provider: ``create_acquirer_app``
``api``           the blueprint of its API; ``current`` says who answers, and to whom
``accounts``      the merchants, and how their servers prove who they are
``cards``         test cards, each with what its bank decides
``records``       payments, refunds, disputes and card set-ups; ``status`` is how they stand
``state``         all of them, kept and announced; ``notes`` is what only one provider keeps
``state_file``    the same on disk, for an emulator that survives the end of its process
``payments``, ``refunds``, ``disputes``, ``vault``   what can happen, as verbs
``addresses``     where the hosted pages are
``events``        what has happened, before a provider says it in its own words, or a forger does
``pages``         the hosted pages: payment, challenge, card set-up; ``languages`` is their words
``dashboard``     the provider's back office
``control_api``   settling a payment from outside, forging an event

A provider adds ``api`` (its routes), ``wire`` (records as its JSON or XML), ``events`` (what it
notifies of, and how it signs) and ``cards``. ``joanie.emulators.dummy`` is the one to copy.
"""
