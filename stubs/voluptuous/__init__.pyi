# From Home Assistant 2026.9 on the name voluptuous is an alias of probatio; type checkers can't see that by themselves.
from probatio import *
