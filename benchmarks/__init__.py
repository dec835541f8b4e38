"""Measures provd beside the servers that people would use instead, on one machine, in one run.

Every row of the table is a module's duty in `rows/`; `Bench` starts and ends the servers. Nothing
here is needed to run provd, and provd knows nothing of it. It listens on the loopback alone.
"""
