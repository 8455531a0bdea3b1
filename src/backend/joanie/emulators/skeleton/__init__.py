"""The first lines of a payment provider's folder: ``manage.py joanie_provider`` writes them.

``places``     where the files go: in a checkout of Joanie, or in a package of somebody's own
``words``      what the provider is called, in code and for people
``writing``    from the templates beside it to those files
"""
