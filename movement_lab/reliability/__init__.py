"""How repeatable measurements are, and what a group's curves look like.

``design`` reads subjects and sessions off a study; ``agreement`` gives ICC, SEM, MDC and limits of agreement,
or says that there is not enough data; ``curves`` gives group means over a repetition; ``page`` shows both.
"""
