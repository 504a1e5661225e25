"""The command line. `commands` has the group, each command its own module, and `streams` and `output` write lines."""
