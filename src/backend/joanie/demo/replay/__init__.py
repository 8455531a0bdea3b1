"""Real registrations bought and refunded over HTTP, in any number of runs.

``plan``       what is to happen: a purchase for each registration, in a fixed order
``sight``      what the shop knows of them, read in bulk
``steps``      what is to be done next for one of them: a pure function of what is seen
``clerk``      the HTTP calls of each step
``engine``     many purchases at once, from one step to the next
``samples``    the documents that are downloaded and read
``faults``     what goes wrong on purpose
``rolling``    a restart of all that runs, one program after another
``balancer``   one address for several web servers
``settling``   waiting until nothing is on its way any more
``outcomes``   what came of it, and what the data says should have
``books``      the provider's own books, and ours
``proof``      nothing lost, nothing twice
``summary``    the table by module
``journal``    what earlier runs did
``report``     the figures as Markdown
``stage``      the database and the programs around it
"""
