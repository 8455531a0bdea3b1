"""Real registrations bought and refunded over HTTP, in any number of runs.

``plan``       what is to happen: a purchase for each registration, in a fixed order
``sight``      what the shop knows of them, read in bulk
``steps``      what is to be done next for one of them: a pure function of what is seen
``clerk``      the HTTP calls of each step
``engine``     many purchases at once, from one step to the next
``samples``    the documents that are downloaded and read
``outcomes``   what came of it, and what the data says should have
``summary``    the table by module
``stage``      the database and the programs around it
"""
