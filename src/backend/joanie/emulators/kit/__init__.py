"""What every emulator is made of, whatever its provider's wire format.

``application``   the Flask application, with the parts below in it
``serving``       that application on a loopback port: ``run_emulator``, ``serve``
``background``    threads that end with the emulator
``deliveries``    notifications over HTTP: signed, retried, logged; duplicated, held or dropped
``shares``        which notifications these are, when it is a share of all
``controls``      what the emulator is told to do wrong; ``control_api`` is its HTTP side
``faults``        failing, hanging and dropped API calls
``idempotency``   the stored answers to repeated requests
``fields``        reading a JSON body, naming the field that is wrong
``amounts``       minor units, printed for people
``loopback``      the only addresses an emulator talks to
``acquirer``      whoever takes money from cards: a provider less its wire format

An emulator of something else adds its API, its pages and the state between them, as
``joanie.emulators.openedx`` does; one of a provider of payments starts from ``acquirer``.
"""
