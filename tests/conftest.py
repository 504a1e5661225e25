"""Hypothesis profiles; the environment variable HYPOTHESIS_PROFILE names one: dev (the default), ci, brief, nightly.

And what else must be so before any test begins.
"""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

# How long an example takes says more about the machine than about the code, so no profile judges by time.
_timeless = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

settings.register_profile("dev", _timeless, max_examples=50)
# A change is judged by the same examples each time, and a failure prints what reproduces it elsewhere.
settings.register_profile("ci", _timeless, max_examples=50, derandomize=True, print_blob=True)
# The same, with fewer of them, for the interpreters on which a change is judged once more.
settings.register_profile("brief", settings.get_profile("ci"), max_examples=25)
settings.register_profile("nightly", _timeless, max_examples=20_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

# Whoever runs the tests in the background may have them ignore an interrupt, and so whatever they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
