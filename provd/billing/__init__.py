"""What is sold, to whom, and what is due when: money, periods, plans, subscriptions, charges.

Pure functions of values and a given time: the same input gives the same charges, whenever and
however often they are asked for. This package must not know a database, a clock, a file, a page or
a phone; what a phone did reaches it as a `Cause`.
"""
