"""Money that moved, as it is booked.

Every function here takes the order's lock first, is one short transaction, and is safe to repeat.
Nothing here calls a provider.
"""
