"""The command line: `commands` has the group, `scan` reads directories, `rows` judges names, `output` makes lines."""
