"""What a user's type checker sees. Never executed: mypy and pyright check these modules, and that is the test."""
